"""To whom a text message is offered, as far as a number tells."""

import pytest

from activation_core.text_reach import takes_texts


@pytest.mark.parametrize(
    ("number", "is_offered"),
    [
        ("+447400123456", True),
        ("+12125550143", True),  # in North America nobody can tell
        ("+442079460999", False),  # a fixed line
        ("+18005550199", False),
        ("+4915112345678", False),  # of no region that is texted
        ("anonymous", False),
        ("", False),
        ("+266696687", False),  # ANONYMOUS on a keypad
        ("sip:desk@example.com", False),
        ("447400123456", False),
    ],
)
def test_a_text_is_offered_to_known_numbers_of_regions_that_are_texted(number: str, is_offered: bool) -> None:
    assert takes_texts(number, ["GB", "US"]) == is_offered
