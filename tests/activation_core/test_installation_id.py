"""The Installation ID: what its 139 bits say, and that only a holder of the code can make one."""

import hmac
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from activation_core import blocks, codes, installation_id
from activation_core.codes import Kind
from activation_core.installation_id import InstallationId, Malformed, Operation
from activation_core.mistyped import Mistyped

ISSUING_KEY = b"an issuing key"
KEY = codes.issue(Kind.PRODUCT_KEY, 7, 123456, ISSUING_KEY)
LICENCE = codes.issue(Kind.LICENSE_CODE, 7, 123456, ISSUING_KEY)
HARDWARE = 0x1234ABCF
ASKED = installation_id.make(Operation.ACTIVATE, KEY, 3, HARDWARE, 42)

made = st.builds(
    lambda operation, product, serial, epoch, hardware, counter: installation_id.make(
        operation, codes.issue(operation.kind, product, serial, ISSUING_KEY), epoch, hardware, counter
    ),
    st.sampled_from(Operation),
    st.integers(0, 2**10 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**4 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**14 - 1),
)


def head_of(asked: InstallationId) -> str:
    """The 98 bits before the tag, computed anew in the order of design.md."""
    return (
        f"{1:03b}{asked.operation:03b}{asked.epoch:04b}{asked.product:010b}"
        f"{asked.serial:032b}{asked.hardware:032b}{asked.counter:014b}"
    )


def with_bits(bits: str) -> str:
    return "".join(blocks.from_number(int(bits, 2), 7))


# Layout


@given(made)
@example(installation_id.make(Operation.ACTIVATE, codes.issue(Kind.PRODUCT_KEY, 0, 0, ISSUING_KEY), 0, 0, 0))
def test_the_139_bits_stand_where_the_design_says(asked: InstallationId) -> None:
    bits = head_of(asked) + f"{asked.tag:041b}"

    assert len(bits) == 139
    assert asked.payload == int(bits, 2).to_bytes(20, "big")
    assert "".join(block[:6] for block in asked.blocks) == f"{int(bits, 2):042d}"


@given(made)
def test_the_tag_is_an_hmac_over_the_98_bits_before_it(asked: InstallationId) -> None:
    code = codes.issue(asked.operation.kind, asked.product, asked.serial, ISSUING_KEY)
    head = head_of(asked)
    digest = hmac.new(code.secret.to_bytes(7, "big"), int(head, 2).to_bytes(13, "big"), "sha256").digest()

    assert len(head) == 98
    assert f"{asked.tag:041b}" == f"{int.from_bytes(digest, 'big'):0256b}"[:41]


@given(made)
@settings(deadline=None)
def test_every_field_comes_back_from_the_49_digits(asked: InstallationId) -> None:
    assert installation_id.parse(asked.digits) == asked
    assert len(asked.digits) == installation_id.DIGITS == 49


def test_the_largest_id_fits_its_blocks() -> None:
    assert 2**139 <= 10**42


def test_rule_10_it_combines_the_product_key_with_a_number_of_this_hardware() -> None:
    elsewhere = installation_id.make(Operation.ACTIVATE, KEY, 3, HARDWARE ^ 1, 42)

    assert (ASKED.product, ASKED.serial, ASKED.hardware) == (KEY.product, KEY.serial, HARDWARE)
    assert elsewhere.digits != ASKED.digits


def test_rule_11_every_operation_that_it_can_ask_for_is_an_activation() -> None:
    assert [operation.name for operation in Operation] == ["ACTIVATE", "REACTIVATE", "ADD", "REISSUE", "TRANSFER"]


# Possession


def test_it_proves_that_its_maker_holds_the_code() -> None:
    assert ASKED.proves(KEY)


@pytest.mark.parametrize(
    "other",
    [
        LICENCE,
        codes.issue(Kind.PRODUCT_KEY, 7, 123457, ISSUING_KEY),
        codes.issue(Kind.PRODUCT_KEY, 7, 123456, b"another issuing key"),
        replace(KEY, secret=KEY.secret ^ 1),
    ],
)
def test_it_proves_nothing_of_another_code(other: codes.Code) -> None:
    assert not ASKED.proves(other)


@given(st.integers(0, 138))
def test_one_bit_changed_anywhere_proves_nothing(place: int) -> None:
    number = int.from_bytes(ASKED.payload, "big") ^ 1 << place
    try:
        changed = installation_id.parse("".join(blocks.from_number(number, 7)))
    except Malformed:
        return
    assert not changed.proves(KEY)


# Refused


@pytest.mark.parametrize("operation", Operation)
def test_each_operation_needs_its_own_kind_of_code(operation: Operation) -> None:
    fitting, other = (KEY, LICENCE) if operation.name in ("ACTIVATE", "REACTIVATE") else (LICENCE, KEY)

    assert installation_id.make(operation, fitting, 0, HARDWARE, 0).proves(fitting)
    with pytest.raises(ValueError, match=f"{operation.name.lower()} needs a (product key|license code)"):
        installation_id.make(operation, other, 0, HARDWARE, 0)


@pytest.mark.parametrize(
    ("epoch", "hardware", "said"),
    [
        (16, 0, "the epoch of an Installation ID has 4 bits"),
        (-1, 0, "the epoch of an Installation ID has 4 bits"),
        (0, 2**32, "the hardware of an Installation ID has 32 bits"),
        (0, -1, "the hardware of an Installation ID has 32 bits"),
    ],
)
def test_a_field_that_does_not_fit_is_refused_by_name(epoch: int, hardware: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        installation_id.make(Operation.ACTIVATE, KEY, epoch, hardware, 0)


@pytest.mark.parametrize("format", [0, 2, 3, 4, 5, 6, 7])
def test_another_format_is_malformed(format: int) -> None:
    with pytest.raises(Malformed, match="no Installation ID of a version that is known here"):
        installation_id.parse(with_bits(f"{format:03b}" + head_of(ASKED)[3:] + "0" * 41))


@pytest.mark.parametrize("operation", [0, 6, 7])
def test_an_unknown_operation_is_malformed(operation: int) -> None:
    with pytest.raises(Malformed):
        installation_id.parse(with_bits(f"{1:03b}{operation:03b}" + head_of(ASKED)[6:] + "0" * 41))


@pytest.mark.parametrize("number", [2**139, 2**139 + int.from_bytes(ASKED.payload, "big"), 10**42 - 1])
def test_more_than_139_bits_are_malformed(number: int) -> None:
    with pytest.raises(Malformed):
        installation_id.parse("".join(blocks.from_number(number, 7)))


def test_malformed_is_not_mistyped() -> None:
    assert not issubclass(Malformed, Mistyped)


def test_a_mistyped_one_names_its_block() -> None:
    with pytest.raises(Mistyped, match="This Installation ID cannot be read: block 2 has too few characters"):
        installation_id.parse(ASKED.digits[:10] + ASKED.digits[11:])
