"""What the carrier posts: a form, and its signature over the URL and the form (Twilio: "Security", Webhooks).

An equal signature is accepted at once; twilio's own validator has the last word before a refusal, since Twilio signs
some URLs with their port and some without.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

Pairs = Sequence[tuple[str, str]]

_CODED_SEPARATOR = re.compile("%(?:26|3[Dd])")
MAX_FIELDS = 200  # Twilio sends some thirty, and a few more for each add-on


class SignedForms:
    """`tokens` are those of the accounts that may sign: of several accounts, or an old one and its successor."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._keys = [token.encode() for token in tokens]
        self._validators = [RequestValidator(token) for token in tokens]

    def are_signed(self, url: str, pairs: Pairs, signature: str) -> bool:
        """Whether these came from one of the accounts, to this URL of ours."""
        form = dict(pairs)
        if len(form) == len(pairs):
            message = (url + "".join([name + form[name] for name in sorted(form)])).encode()
            if any(hmac.compare_digest(_hmac_sha1(key, message), signature.encode()) for key in self._keys):
                return True
        return any(bool(each.validate(url, MultiDict(pairs), signature)) for each in self._validators)


def parse(body: bytes) -> Pairs:
    """The fields in their order. ValueError where there are more than any carrier sends.

    As `urllib.parse.parse_qsl`, in a third of the time: where no value holds what separates, as is the rule, all of it
    is decoded at once.
    """
    text = body.decode("utf-8", "replace")
    whole = not _CODED_SEPARATOR.search(text)
    fields = (_decoded(text) if whole else text).split("&", MAX_FIELDS)
    if len(fields) > MAX_FIELDS:
        raise ValueError("more fields than any carrier sends")
    pairs = [field.partition("=")[::2] for field in fields if field]
    return pairs if whole else [(_decoded(name), _decoded(value)) for name, value in pairs]


def _decoded(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


def _hmac_sha1(key: bytes, message: bytes) -> bytes:
    return b64encode(hmac.new(key, message, "sha1").digest())  # not hmac.digest: see activation_core.mac
