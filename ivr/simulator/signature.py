"""The signature that Twilio puts on every webhook, computed from its published rule. Not a validator.

Documented: base64 of HMAC-SHA1, keyed with the account's auth token, over the full URL with its query
and then, for a POSTed form, each name and value run together, names sorted, the values of a repeated
name sorted and without repetition. A GET adds nothing to the URL. The fragment is never signed. A JSON
body is not signed itself: its SHA-256 stands as bodySHA256 in the URL, which is.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urldefrag, urlsplit

__all__ = ["sign", "with_body_hash"]


def sign(auth_token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """The value of X-Twilio-Signature for this URL and POSTed form; of a GET, the form is empty."""
    message = urldefrag(url).url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.digest(auth_token.encode(), message.encode(), "sha1")
    return base64.b64encode(digest).decode("ascii")


def with_body_hash(url: str, body: bytes) -> str:
    """The URL to which a JSON body is POSTed, and which is signed without a form."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, f"bodySHA256={hashlib.sha256(body).hexdigest()}")))
    return parts._replace(query=query).geturl()
