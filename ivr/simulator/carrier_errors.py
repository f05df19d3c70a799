"""What can go wrong on the way to a caller: Twilio's codes, in our words.

A table, not behaviour: the document and the webhook name a code, the carrier acts on its severity.
Severity: "fatal" ends the document (the fallback URL is asked), "error" skips what cannot be done,
"warning" goes on with the default. That 11xxx and 12xxx are errors and that 12200, the attributes of
Gather and the text of Say are warnings is documented. Inferences: 13338 is logged as an error by Twilio,
but is taken here to let the call go on; 13410, 13430, 13510, 13521, 13710, 13810 and 13910 are taken for
warnings like their neighbours. Code 0 is this simulator's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CODES", "OWN", "Code", "Problem", "Severity"]

Severity = Literal["warning", "error", "fatal"]


@dataclass(frozen=True)
class Code:
    severity: Severity
    title: str
    cause: str
    cure: str


@dataclass(frozen=True)
class Problem:
    """One thing wrong: a code of the table and what exactly was found."""

    code: int
    message: str

    @property
    def about(self) -> Code:
        return CODES[self.code]

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity


OWN = 0

_CHECK_TYPES = "Write the value as the verb's page has it; until then the default is used."

CODES: Mapping[int, Code] = {
    OWN: Code(
        "error",
        "Word of this simulator, not of Twilio",
        "This simulator cannot play it, or stopped a call that would not end.",
        "Try this part of the call with the real carrier, or see what keeps the call going round.",
    ),
    11100: Code(
        "fatal",
        "Invalid URL",
        "The address is not http or https, or names no host.",
        "Give a full http(s) address, or one relative to the document.",
    ),
    11200: Code(
        "fatal",
        "The document could not be fetched",
        "The application answered with a status other than 2xx, or not within 15 seconds.",
        "Look into the application's own log for this request.",
    ),
    11201: Code(
        "fatal",
        "Connecting timed out",
        "No connection within 5 seconds.",
        "See whether the server is up and reachable from outside.",
    ),
    11202: Code(
        "fatal",
        "Connection refused",
        "Nothing listens at this host and port.",
        "Start the application, or correct the port.",
    ),
    11205: Code(
        "fatal",
        "Connection failed",
        "The connection could not be made or broke.",
        "See whether the server is up and what stands between.",
    ),
    11206: Code(
        "fatal",
        "HTTP protocol violated",
        "The answer is not valid HTTP, or its encoding is broken.",
        "Ask for the address with another client and compare.",
    ),
    11210: Code("fatal", "Unknown host", "The name of the host is not known.", "Correct the address."),
    11215: Code(
        "fatal",
        "Too many redirects",
        "More than ten redirects in a row.",
        "Give the final address; look for a redirect to itself.",
    ),
    11220: Code("fatal", "TLS handshake failed", "The certificate was not accepted.", "Renew the certificate."),
    11750: Code(
        "fatal",
        "Document too large",
        "More than 64 kB.",
        "Split it with Redirect; see whether an error page came instead.",
    ),
    11770: Code(
        "fatal",
        "Empty answer",
        "The body is empty, so there is no document.",
        "Answer with <Response/> to end a call.",
    ),
    12100: Code(
        "fatal",
        "The document cannot be parsed",
        "It is not well-formed XML: often a blank before <?xml, an unclosed element or a bare &.",
        "Build documents with a library, not by hand.",
    ),
    12102: Code(
        "fatal",
        "The root is not Response",
        "Another element, or another case, stands at the root.",
        "Put all verbs into <Response>.",
    ),
    12200: Code(
        "warning",
        "Not in the schema",
        "An element or an attribute is unknown here; names are case-sensitive.",
        "Correct the name; what is unknown is passed over.",
    ),
    12300: Code(
        "fatal",
        "Content type not accepted",
        "Only text/xml, application/xml, text/html, text/plain and audio are.",
        "Answer with text/xml.",
    ),
    13212: Code("warning", "Dial: timeout", "It is not a positive whole number.", _CHECK_TYPES),
    13215: Code(
        "warning",
        "Dial: nested element",
        "This cannot stand in a Dial.",
        "Give a number or a Number element.",
    ),
    13216: Code("warning", "Dial: timeLimit", "It is not a positive whole number.", _CHECK_TYPES),
    13224: Code(
        "error",
        "Dial: no such number",
        "The number is missing or not in E.164 form.",
        "Write + and the country code, then the number.",
    ),
    13310: Code("warning", "Gather: finishOnKey", "It is not one of 0-9 # * or empty.", _CHECK_TYPES),
    13312: Code("warning", "Gather: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13313: Code("warning", "Gather: timeout", "It is not a positive whole number.", _CHECK_TYPES),
    13314: Code("warning", "Gather: numDigits", "It is not a positive whole number.", _CHECK_TYPES),
    13320: Code(
        "warning",
        "Gather: nested verb",
        "Only Say, Play and Pause may stand in a Gather.",
        "Put the verb behind the Gather; here it is passed over.",
    ),
    13326: Code("warning", "Gather: input", "It is not dtmf, speech or both.", _CHECK_TYPES),
    13338: Code("error", "Gather: actionOnEmptyResult", "It is neither true nor false.", _CHECK_TYPES),
    13410: Code("warning", "Play: loop", "It is not a whole number from 0.", _CHECK_TYPES),
    13430: Code(
        "warning",
        "Play: digits",
        "Only 0-9 # * A-D and w (half a second) or W (a second) can be played.",
        "Correct the digits; nothing is played.",
    ),
    13510: Code("warning", "Say: loop", "It is not a whole number from 0.", _CHECK_TYPES),
    13520: Code("warning", "Say: text", "There is nothing to say.", "Leave the Say out, or see which value was empty."),
    13521: Code("warning", "Say: length", "The text is longer than the voice takes.", "Say it in several parts."),
    13710: Code("warning", "Redirect: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13810: Code("warning", "Reject: reason", "It is neither rejected nor busy.", _CHECK_TYPES),
    13910: Code("warning", "Pause: length", "It is not a positive whole number.", _CHECK_TYPES),
}
