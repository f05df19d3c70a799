"""Signing and verifying, against published vectors and with py_ecc as the oracle."""

import hashlib
import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as oracle

from activation_core import curve, pairing, short_signature
from activation_core.curve import Point
from activation_core.short_signature import (
    FIELD,
    ORDER,
    decompress,
    expand_message,
    hash_to_curve,
    map_to_curve,
    public_key,
    sign,
    verify,
    verify_all,
)

VECTORS = Path(__file__).parents[1] / "vectors"
TAG = b"TEST-V01-BN254G1_XMD:SHA-256_SVDW_RO_"
SECRET, OTHER_SECRET = 0x1234567890ABCDEF << 180, 7**80 % ORDER
KEY, OTHER_KEY = public_key(SECRET), public_key(OTHER_SECRET)
MESSAGE = b"a message"
SIGNATURE = sign(SECRET, MESSAGE, TAG)

secrets_ = st.integers(1, ORDER - 1)
elements = st.integers(0, FIELD - 1)
a_few = settings(deadline=None, max_examples=20)


def published(name: str) -> Any:
    return json.loads((VECTORS / name).read_text())


def lifted(point: Point) -> Any:
    return oracle.FQ(point[0]), oracle.FQ(point[1]), oracle.FQ(1)


def lowered(point: Any) -> Point:
    x, y = oracle.normalize(point)
    return int(x), int(y)


def compressed(point: Point) -> int:
    return 2 * point[0] + point[1] % 2


def moved(signature: int, by: Any) -> int:
    """The signature with a point added to it."""
    point = decompress(signature)
    assert point is not None
    return compressed(lowered(oracle.add(lifted(point), by)))


def written(*parts: int) -> bytes:
    return b"".join(part.to_bytes(32, "big") for part in parts)


# Hashing


@pytest.mark.parametrize("vector", published("expand_message_xmd_sha256.json")["tests"])
def test_expand_message_gives_the_bytes_of_rfc_9380(vector: dict[str, str]) -> None:
    length = int(vector["len_in_bytes"], 16)
    expanded = expand_message(vector["msg"].encode(), b"QUUX-V01-CS02-with-expander-SHA256-128", length)
    assert expanded.hex() == vector["uniform_bytes"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [  # RFC 9380, appendix K.2
        (b"", "e8dc0c8b686b7ef2074086fbdd2f30e3f8bfbd3bdf177f73f04b97ce618a3ed3"),
        (b"abc", "52dbf4f36cf560fca57dedec2ad924ee9c266341d8f3d6afe5171733b16bbb12"),
    ],
)
def test_a_tag_longer_than_255_bytes_is_hashed_first(message: bytes, expected: str) -> None:
    tag = b"QUUX-V01-CS02-with-expander-SHA256-128-long-DST-".ljust(256, b"1")
    assert expand_message(message, tag, 32).hex() == expected


def test_a_tag_of_255_bytes_is_taken_as_it_is() -> None:
    hashed = hashlib.sha256(b"H2C-OVERSIZE-DST-" + b"t" * 255).digest()
    assert expand_message(b"", b"t" * 255, 32) != expand_message(b"", hashed, 32)
    assert expand_message(b"", b"t" * 256, 32) == expand_message(
        b"", hashlib.sha256(b"H2C-OVERSIZE-DST-" + b"t" * 256).digest(), 32
    )


def test_an_empty_tag_is_refused() -> None:
    with pytest.raises(ValueError, match="the tag is empty"):
        expand_message(b"", b"", 32)


def test_more_bytes_than_255_digests_are_refused() -> None:
    assert len(expand_message(b"", TAG, 255 * 32)) == 255 * 32
    with pytest.raises(ValueError, match="at most 8160"):
        expand_message(b"", TAG, 255 * 32 + 1)


def test_map_to_curve_gives_the_points_made_with_sage() -> None:
    for u, x, y in published("bn254_svdw.json")["vectors"]:
        assert map_to_curve(int(u)) == (int(x), int(y))


@given(u=elements)
@example(u=0)
@example(u=pow(2, -1, FIELD))
@example(u=FIELD - 1)
@a_few
def test_map_to_curve_ends_on_the_curve_with_the_parity_it_was_given(u: int) -> None:
    x, y = map_to_curve(u)
    assert oracle.is_on_curve(lifted((x, y)), oracle.b)
    assert y % 2 == u % 2


def test_where_the_map_would_divide_by_nought_x_is_minus_one_half() -> None:
    half = pow(2, -1, FIELD)  # 1 - 4u² = 0, and RFC 9380 takes 0 for its inverse
    assert map_to_curve(half)[0] == map_to_curve(FIELD - half)[0] == FIELD - half


@pytest.mark.parametrize("vector", published("bn254_hash_to_g1.json")["vectors"])
def test_hash_to_curve_gives_the_points_of_gnark(vector: dict[str, str]) -> None:
    tag = published("bn254_hash_to_g1.json")["dst"].encode()
    assert hash_to_curve(vector["msg"].encode(), tag) == (int(vector["x"], 16), int(vector["y"], 16))


@pytest.mark.parametrize("hash", [hashlib.sha512, hashlib.sha3_256, hashlib.sha384])
def test_another_hash_gives_other_bytes_and_another_point(hash: short_signature.Hash) -> None:
    assert expand_message(MESSAGE, TAG, 96, hash) != expand_message(MESSAGE, TAG, 96)
    point = hash_to_curve(MESSAGE, TAG, hash)
    assert point != hash_to_curve(MESSAGE, TAG)
    assert oracle.is_on_curve(lifted(point), oracle.b)


# Signing


@given(secret=secrets_, message=st.binary(max_size=60))
@example(secret=1, message=b"")
@example(secret=2, message=b"")
@example(secret=ORDER - 1, message=b"")
@a_few
def test_a_signature_is_the_secret_times_the_hashed_message(secret: int, message: bytes) -> None:
    expected = lowered(oracle.multiply(lifted(hash_to_curve(message, TAG)), secret))
    assert sign(secret, message, TAG) == compressed(expected)
    assert decompress(sign(secret, message, TAG)) == expected


@given(drawn=st.integers(0, FIELD - 2))
@example(drawn=0)
@example(drawn=FIELD - 2)
@a_few
def test_what_is_drawn_does_not_show_in_the_signature(drawn: int) -> None:
    assert sign(SECRET, MESSAGE, TAG, randbelow=lambda _: drawn) == SIGNATURE


def test_each_signature_draws_its_mask_anew() -> None:
    asked: list[int] = []

    def randbelow(bound: int) -> int:
        asked.append(bound)
        return 5

    sign(SECRET, MESSAGE, TAG, randbelow=randbelow)
    sign(SECRET, MESSAGE, TAG, randbelow=randbelow)
    assert asked == [FIELD - 1] * 2


def test_a_signature_fits_77_digits() -> None:
    assert 0 < SIGNATURE < 2 * FIELD < 10**77


def test_a_disturbed_computation_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    point = hash_to_curve(MESSAGE, TAG)
    monkeypatch.setattr(curve, "multiply", lambda *_: (point[0], point[1] + 1, 1))
    with pytest.raises(ArithmeticError, match="not on the curve"):
        sign(SECRET, MESSAGE, TAG)


@pytest.mark.parametrize("secret", [0, -1, ORDER, ORDER + 1])
def test_a_secret_outside_the_group_is_refused(secret: int) -> None:
    with pytest.raises(ValueError, match="the secret key must lie between"):
        sign(secret, MESSAGE, TAG)
    with pytest.raises(ValueError, match="the secret key must lie between"):
        public_key(secret)


# Public keys


def test_the_public_key_of_one_is_the_generator_as_eip_197_writes_it() -> None:
    assert public_key(1) == written(
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
    )


@given(secret=secrets_)
@settings(deadline=None, max_examples=3)
def test_a_public_key_is_the_secret_times_the_generator(secret: int) -> None:
    key = public_key(secret)
    x_imaginary, x, y_imaginary, y = (int.from_bytes(key[at : at + 32], "big") for at in range(0, 128, 32))
    point = oracle.FQ2([x, x_imaginary]), oracle.FQ2([y, y_imaginary]), oracle.FQ2.one()
    assert oracle.eq(point, oracle.multiply(oracle.G2, secret))


# x = 1 lies on the twisted curve, but outside the subgroup.
STRAY = written(
    0,
    1,
    5912654199736721486680175016176231956195085055698687135131307249486702594212,
    18278151005453108793778860132295291098363647455926340152056652516292830556603,
)
NO_KEYS = {
    "too short": (KEY[:-1], "128 bytes, this one has 127"),
    "too long": (KEY + b"\0", "128 bytes, this one has 129"),
    "empty": (b"", "128 bytes, this one has 0"),
    "infinity": (bytes(128), "point at infinity"),
    "a coordinate as large as the prime": (
        KEY[:32] + written(FIELD) + KEY[64:],
        "not below the field's prime",
    ),
    "a coordinate reduced differently": (
        written(int.from_bytes(KEY[:32], "big") + FIELD) + KEY[32:],
        "not below the field's prime",
    ),
    "off the curve": (KEY[:-1] + bytes([KEY[-1] ^ 1]), "not on the twisted curve"),
    "real part first": (KEY[32:64] + KEY[:32] + KEY[96:] + KEY[64:96], "not on the twisted curve"),
    "outside the subgroup": (STRAY, "not in the subgroup"),
}


@pytest.mark.parametrize(("key", "reason"), NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_public_key_is_refused_with_the_reason(key: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        verify(key, MESSAGE, SIGNATURE, TAG)
    with pytest.raises(ValueError, match=reason):
        verify_all([(KEY, MESSAGE, -1), (key, MESSAGE, -1)], TAG)


# Verifying


def test_a_signature_verifies() -> None:
    assert verify(KEY, MESSAGE, SIGNATURE, TAG)


OFF_THE_CURVE = next(x for x in count() if pow(x**3 + 3, (FIELD - 1) // 2, FIELD) != 1)
NO_SIGNATURES = {
    "x as large as the prime": SIGNATURE + 2 * FIELD,
    "the smallest x that is too large": 2 * FIELD,
    "off the curve": 2 * OFF_THE_CURVE,
    "off the curve, odd": 2 * OFF_THE_CURVE + 1,
    "77 nines": 10**77 - 1,
    "negative": -SIGNATURE,
    "minus one": -1,
    "zero": 0,
}


@pytest.mark.parametrize("signature", NO_SIGNATURES.values(), ids=NO_SIGNATURES)
def test_a_number_that_stands_for_no_point_is_a_plain_no(signature: int) -> None:
    assert decompress(signature) is None
    assert not verify(KEY, MESSAGE, signature, TAG)
    assert not verify_all([(KEY, MESSAGE, SIGNATURE), (KEY, MESSAGE, signature)], TAG)


FORGED = {
    "y of the other sign": (KEY, MESSAGE, SIGNATURE ^ 1, TAG),
    "another point": (KEY, MESSAGE, moved(SIGNATURE, oracle.G1), TAG),
    "the hashed message itself": (KEY, MESSAGE, compressed(hash_to_curve(MESSAGE, TAG)), TAG),
    "another tag": (KEY, MESSAGE, SIGNATURE, TAG + b"2"),
    "another key": (OTHER_KEY, MESSAGE, SIGNATURE, TAG),
    "another message": (KEY, MESSAGE + b".", SIGNATURE, TAG),
}


@pytest.mark.parametrize(("key", "message", "signature", "tag"), FORGED.values(), ids=FORGED)
def test_a_signature_does_not_verify_with(key: bytes, message: bytes, signature: int, tag: bytes) -> None:
    assert not verify(key, message, signature, tag)


def test_py_ecc_agrees_that_the_two_pairings_are_equal() -> None:
    point = decompress(SIGNATURE)
    assert point is not None
    left = oracle.pairing(oracle.G2, lifted(point))
    right = oracle.pairing(oracle.multiply(oracle.G2, SECRET), lifted(hash_to_curve(MESSAGE, TAG)))
    assert left == right != oracle.FQ12.one()


# Batches


def batch(*secrets: int) -> list[tuple[bytes, bytes, int]]:
    keys = {SECRET: KEY, OTHER_SECRET: OTHER_KEY}
    return [
        (keys[secret], message := f"message {place}".encode(), sign(secret, message, TAG))
        for place, secret in enumerate(secrets)
    ]


def test_a_batch_of_several_keys_verifies() -> None:
    assert verify_all(batch(SECRET, OTHER_SECRET, SECRET, SECRET), TAG)


def test_a_batch_of_none_verifies() -> None:
    assert verify_all([], TAG)


def test_the_same_signature_twice_verifies() -> None:
    assert verify_all(batch(SECRET) * 2, TAG)


def test_one_bad_signature_among_good_ones_spoils_the_batch() -> None:
    signed = batch(SECRET, SECRET, OTHER_SECRET)
    signed[1] = (KEY, signed[1][1], signed[0][2])
    assert not verify_all(signed, TAG)


def test_two_signatures_under_each_others_keys_spoil_the_batch() -> None:
    (key, message, signature), (other_key, other_message, other_signature) = batch(SECRET, OTHER_SECRET)
    swapped = [(other_key, message, signature), (key, other_message, other_signature)]
    assert not verify_all(swapped, TAG)


def test_bad_signatures_that_would_cancel_without_weights_spoil_the_batch() -> None:
    (key, first, one), (_, second, two) = batch(SECRET, SECRET)
    stray = oracle.multiply(oracle.G1, 99)
    cancelling = [(key, first, moved(one, stray)), (key, second, moved(two, oracle.neg(stray)))]
    assert verify_all(cancelling, TAG, randbits=lambda _: 0)  # all weights the same: they do cancel
    assert not verify_all(cancelling, TAG)


def test_each_signature_of_a_batch_draws_64_bits_and_counts_even_when_they_are_nought() -> None:
    asked: list[int] = []

    def randbits(bits: int) -> int:
        asked.append(bits)
        return 0

    assert not verify_all([(KEY, MESSAGE + b".", SIGNATURE)], TAG, randbits=randbits)
    assert verify_all(batch(SECRET, SECRET), TAG, randbits=randbits)
    assert asked == [64] * 3


def test_the_largest_weight_is_counted_in_full() -> None:
    assert verify_all(batch(SECRET), TAG, randbits=lambda bits: 2**bits - 1)
    signed = [(KEY, MESSAGE, SIGNATURE ^ 1)]
    assert not verify_all(signed, TAG, randbits=lambda bits: 2**bits - 1)


def test_a_batch_takes_one_pairing_a_public_key_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[None] = []

    def counted(*args: Any, **options: Any) -> Any:
        taken.append(None)
        return loop(*args, **options)

    loop = pairing.miller_loop
    monkeypatch.setattr(pairing, "miller_loop", counted)
    assert verify_all(batch(SECRET, SECRET, OTHER_SECRET, SECRET), TAG)
    assert len(taken) == 3
