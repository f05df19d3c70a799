"""What an Installation ID discloses: every bit, and nothing that is not in it."""

from activation_core import codes, hardware, installation_id
from activation_core.codes import Kind
from activation_core.disclosure import disclosed
from activation_core.installation_id import Operation

CODE = codes.issue(Kind.PRODUCT_KEY, 7, 123456, b"an issuing key")
ASKED = installation_id.make(
    Operation.ACTIVATE, CODE, 2, hardware.tags(CODE.key, {"cpu": "a model", "disk": "D-1", "board": "B-1"}), 3
)
FIELDS = disclosed(ASKED, "Harbor")


def test_rule_10_every_one_of_its_bits_is_accounted_for() -> None:
    assert sum(field.bits for field in FIELDS) == 139


def test_the_values_are_those_of_this_installation_id() -> None:
    """Put together again, they are the number itself."""
    number = 0
    for field in FIELDS:
        number = number << field.bits | (0 if field.value == "absent" or not field.bits else int(field.value))

    assert number == int.from_bytes(ASKED.payload, "big")


def test_rule_11_each_is_said_in_plain_words() -> None:
    words = {field.name: field.words for field in FIELDS}

    assert words["Product"] == "The product: Harbor."
    assert "activate the server" in words["Operation"]
    assert "does not show it" in words["Hardware: network"]
    assert "cannot be turned back" in words["Hardware: disk"]
    assert all(each.endswith(".") for each in words.values())


def test_the_last_digits_of_the_blocks_are_explained() -> None:
    assert FIELDS[-1].value.split() == [block[-1] for block in ASKED.blocks]
