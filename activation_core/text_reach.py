"""Whether a text message can be offered to a caller: what the number itself tells, before anybody is asked.

Pure, as `access_numbers` is. It only spares callers an offer that would come to nothing: who can really be reached,
the carrier knows.
"""

from __future__ import annotations

from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberType

from activation_core.access_numbers import region_of

# Lines that surely take none. Where a country does not tell fixed lines from mobiles, as in North America, or the
# metadata knows nothing of the number, the offer is made.
_WITHOUT_TEXTS = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


def takes_texts(number: str, regions: Collection[str]) -> bool:
    """Whether the number is known, of one of these regions, and not of a kind that takes none."""
    if region_of(number) not in regions:
        return False
    return phonenumbers.number_type(phonenumbers.parse(number)) not in _WITHOUT_TEXTS
