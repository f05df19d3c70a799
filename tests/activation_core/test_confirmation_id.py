"""The Confirmation ID: the 48 bytes that are signed, and that it answers one Installation ID only."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activation_core import codes, confirmation_id, installation_id, short_signature
from activation_core.codes import Kind
from activation_core.confirmation_id import ConfirmationId
from activation_core.installation_id import Operation
from activation_core.mistyped import Mistyped

SECRET = 0x1234567890ABCDEF << 180
ISSUING_KEY = b"an issuing key"
KEY = codes.issue(Kind.PRODUCT_KEY, 0x2A5, 123456, ISSUING_KEY)
ASKED = installation_id.make(Operation.ACTIVATE, KEY, 0xC, 0x1234ABCF, 42)
CONFIRMED = confirmation_id.sign(SECRET, ASKED, KEY, 3)


@pytest.fixture(scope="module")
def public_key() -> bytes:
    return short_signature.public_key(SECRET)


# The message


def test_the_message_is_48_bytes_laid_out_as_the_design_says() -> None:
    message = confirmation_id.message(ASKED, KEY, 3)

    assert len(message) == 48
    assert message[0] == 1  # version
    assert message[1] == 1  # suite
    assert message[2:4] == bytes((0x2A, 0x5C))  # product 0x2A5, epoch 0xC
    assert message[4] == 3  # grant
    assert message[5:8] == b"\0\0\0"
    assert message[8:28] == ASKED.payload
    assert message[28:] == hashlib.sha256(b"product-key\x00" + KEY.text.encode("ascii")).digest()[:20]


@pytest.mark.parametrize("grant", [-1, 10, 255])
def test_a_grant_is_one_digit(grant: int) -> None:
    with pytest.raises(ValueError, match="a grant is one digit"):
        confirmation_id.message(ASKED, KEY, grant)


def test_the_signature_is_made_under_the_tag_of_this_version() -> None:
    tag = b"PHONE-ACTIVATION-V01-CONFIRM-BN254G1_XMD:SHA-256_SVDW_RO_"

    assert CONFIRMED.signature == short_signature.sign(SECRET, confirmation_id.message(ASKED, KEY, 3), tag)


# The digits


@given(st.integers(0, 9), st.integers(0, 10**77 - 1))
@example(0, 0)
@example(9, 10**77 - 1)
@example(0, 10**76)
@settings(deadline=None)
def test_grant_and_signature_come_back_from_the_91_digits(grant: int, signature: int) -> None:
    written = ConfirmationId(grant, signature)

    assert confirmation_id.parse(written.digits) == written
    assert len(written.digits) == confirmation_id.DIGITS == 91


@given(st.integers(0, 9), st.integers(0, 10**77 - 1))
def test_the_grant_is_the_first_digit_and_the_signature_the_other_77(grant: int, signature: int) -> None:
    data = "".join(block[:6] for block in ConfirmationId(grant, signature).blocks)

    assert data == f"{grant}{signature:077d}"


def test_every_signature_fits_its_77_digits() -> None:
    assert 2 * short_signature.FIELD < 10**77


def test_a_mistyped_one_names_its_block_and_keeps_the_others() -> None:
    with pytest.raises(Mistyped, match="This Confirmation ID cannot be read: block 2 is missing") as caught:
        confirmation_id.parse(CONFIRMED.digits[:7] + CONFIRMED.digits[14:])

    assert caught.value.kept == (CONFIRMED.blocks[0], "", *CONFIRMED.blocks[2:])


# The answer


def test_the_same_installation_id_always_gets_the_same_confirmation_id() -> None:
    assert {confirmation_id.sign(SECRET, ASKED, KEY, 3).digits for _ in range(3)} == {CONFIRMED.digits}


def test_the_holder_of_the_public_key_can_tell_that_it_is_right(public_key: bytes) -> None:
    typed = confirmation_id.parse(CONFIRMED.digits)

    assert confirmation_id.verify(public_key, ASKED, KEY, typed)


def test_another_grant_makes_it_wrong(public_key: bytes) -> None:
    assert not confirmation_id.verify(public_key, ASKED, KEY, replace(CONFIRMED, grant=4))


def test_another_code_makes_it_wrong(public_key: bytes) -> None:
    other = replace(KEY, secret=KEY.secret ^ 1)

    assert not confirmation_id.verify(public_key, ASKED, other, CONFIRMED)


def test_another_installation_id_makes_it_wrong(public_key: bytes) -> None:
    other = installation_id.make(Operation.ACTIVATE, KEY, 0xC, 0x1234ABCF, 43)

    assert not confirmation_id.verify(public_key, other, KEY, CONFIRMED)


def test_another_public_key_makes_it_wrong() -> None:
    assert not confirmation_id.verify(short_signature.public_key(SECRET + 1), ASKED, KEY, CONFIRMED)


@pytest.mark.parametrize("signature", [0, 1, 10**77 - 1, 2 * short_signature.FIELD])
def test_a_number_that_is_no_signature_is_wrong_and_no_error(public_key: bytes, signature: int) -> None:
    assert not confirmation_id.verify(public_key, ASKED, KEY, ConfirmationId(3, signature))
