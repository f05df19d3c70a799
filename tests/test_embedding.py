"""docs/embedding.md holds: its program runs as it stands, and its vectors are checked by somebody else's arithmetic."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from py_ecc.optimized_bn128 import FQ, FQ2, G2, field_modulus, normalize, pairing

from activation_core import codes, confirmation_id, installation_id, short_signature

HOUSE = Path(__file__).parents[1]
TEXT = (HOUSE / "docs/embedding.md").read_text("utf-8")
VECTORS = json.loads(re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)[0])


def data_digits(digits: str) -> int:
    """Step 1: without the check digits."""
    return int("".join(digit for place, digit in enumerate(digits, 1) if place % 7))


def g2(key: bytes) -> tuple[FQ2, FQ2, FQ2]:
    """Step 5, of the public key."""
    x_imaginary, x_real, y_imaginary, y_real = (int.from_bytes(key[i : i + 32], "big") for i in range(0, 128, 32))
    return FQ2([x_real, x_imaginary]), FQ2([y_real, y_imaginary]), FQ2.one()


@pytest.mark.parametrize("vector", VECTORS["cases"], ids=lambda vector: f"grant {vector['grant']}")
def test_the_vectors_hold_by_the_steps_of_the_page_and_py_ecc_alone(vector: dict) -> None:  # type: ignore[type-arg]
    grant, signature = divmod(data_digits(vector["confirmation_id"]), 10**77)
    assert grant == vector["grant"]
    assert bytes.fromhex(vector["message"])[8:28] == data_digits(vector["installation_id"]).to_bytes(20, "big")
    x, odd = divmod(signature, 2)
    y = pow(x**3 + 3, (field_modulus + 1) // 4, field_modulus)
    assert y * y % field_modulus == (x**3 + 3) % field_modulus
    y = y if y % 2 == odd else field_modulus - y
    hashed = tuple(FQ(int(value, 16)) for value in vector["hash_to_curve"])
    key = g2(bytes.fromhex(VECTORS["public_key"]))

    left = pairing(G2, (FQ(x), FQ(y), FQ(1)))
    assert (left == pairing(key, (*hashed, FQ(1)))) is vector["valid"]


@pytest.mark.parametrize("vector", VECTORS["cases"], ids=lambda vector: f"grant {vector['grant']}")
def test_the_library_agrees_with_the_vectors(vector: dict) -> None:  # type: ignore[type-arg]
    answer = confirmation_id.parse(vector["confirmation_id"])
    asked, code = installation_id.parse(vector["installation_id"]), codes.parse(vector["code"])
    message = confirmation_id.message(asked, code, answer.grant)

    assert message.hex() == vector["message"]
    point = short_signature.hash_to_curve(message, confirmation_id.TAG)
    assert [f"{value:064x}" for value in point] == vector["hash_to_curve"]
    key = bytes.fromhex(VECTORS["public_key"])
    assert confirmation_id.verify(key, asked, code, answer) is vector["valid"]


def test_the_public_key_is_written_as_the_page_says() -> None:
    assert normalize(g2(short_signature.public_key(1))) == normalize(G2)


def test_the_program_of_the_page_runs_as_it_stands(tmp_path: Path) -> None:
    program = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)[0]
    (tmp_path / "products.toml").write_text((HOUSE / "data/products.toml").read_text("utf-8"))
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOUSE), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stderr == ""
    assert re.fullmatch(r"no_product_key 5 client access licenses, 0 in use\n", ran.stdout)
