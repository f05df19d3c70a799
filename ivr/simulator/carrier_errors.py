"""What can go wrong on the way to a caller: Twilio's codes, in our words.

A table, not behaviour: the document and the webhook name a code, the carrier acts on its severity.
Severity: "fatal" ends the document (the fallback URL is asked), "error" skips what cannot be done,
"warning" goes on with the default. Warnings and errors are those of Twilio's list. Inferences: which errors
are fatal (all of 11xxx and 12xxx, and a Play that is no audio), while 13224, 13338 and 13803 let the call go
on; that 13326-13334 and 13810, whose level was not read, are warnings like their neighbours. Code 0 is this
simulator's own.
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
    11203: Code(
        "fatal",
        "Time for all attempts used up",
        "The attempts together took longer than the tt of the address allows.",
        "Answer faster, or allow more with #tt=.",
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
    11235: Code(
        "fatal",
        "Certificate of another host",
        "The certificate is not for this host name.",
        "Get a certificate that names this host.",
    ),
    11236: Code("fatal", "Certificate expired", "The certificate is no longer valid.", "Renew the certificate."),
    11237: Code(
        "fatal",
        "Certificate of an unknown authority",
        "No path leads from the certificate to an authority that is trusted.",
        "Serve the intermediate certificates as well.",
    ),
    11243: Code(
        "fatal",
        "Retry policy not understood",
        "The rp behind the hash sign is not a list of 4xx, 5xx, ct, rt and all.",
        "Correct the rp, or leave it out.",
    ),
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
    12101: Code(
        "fatal",
        "Version of XML",
        "The declaration asks for another version than 1.0.",
        "Begin with version 1.0, or without a declaration.",
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
    12400: Code(
        "fatal",
        "The carrier failed",
        "Something went wrong at the carrier itself.",
        "Try again; tell the carrier if it stays.",
    ),
    13201: Code(
        "error",
        "Dial: from the called side",
        "A document that is played to the called party cannot dial.",
        "Leave the Dial out of it.",
    ),
    13210: Code("warning", "Dial: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13212: Code("warning", "Dial: timeout", "It is not a positive whole number.", _CHECK_TYPES),
    13213: Code("warning", "Dial: hangupOnStar", "It is neither true nor false.", _CHECK_TYPES),
    13214: Code("warning", "Dial: callerId", "It is no telephone number or client.", _CHECK_TYPES),
    13215: Code(
        "warning",
        "Dial: nested element",
        "This cannot stand in a Dial.",
        "Give a number or a Number element.",
    ),
    13216: Code("warning", "Dial: timeLimit", "It is not a positive whole number.", _CHECK_TYPES),
    13217: Code("warning", "Dial: record", "It is none of the documented words.", _CHECK_TYPES),
    13221: Code("warning", "Number: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13222: Code("warning", "Number: sendDigits", "Only 0-9 # * w and W can be sent.", _CHECK_TYPES),
    13223: Code(
        "warning",
        "Dial: form of the number",
        "It is not a telephone number.",
        "Write + and the country code, then the number.",
    ),
    13224: Code(
        "error",
        "Dial: no such number",
        "The number is missing or not in E.164 form.",
        "Write + and the country code, then the number.",
    ),
    13225: Code(
        "error",
        "Dial: number blocked",
        "The carrier does not connect to this number.",
        "Ask the carrier to open it.",
    ),
    13226: Code("warning", "Dial: country code", "No country has this code.", "Correct the number."),
    13227: Code(
        "error",
        "Dial: country not permitted",
        "The account may not call this country.",
        "Permit the country in the account.",
    ),
    13230: Code("warning", "Conference: muted", "It is neither true nor false.", _CHECK_TYPES),
    13231: Code("warning", "Conference: endConferenceOnExit", "It is neither true nor false.", _CHECK_TYPES),
    13232: Code("warning", "Conference: startConferenceOnEnter", "It is neither true nor false.", _CHECK_TYPES),
    13233: Code("warning", "Conference: waitUrl", "It is not an address.", _CHECK_TYPES),
    13234: Code("warning", "Conference: waitMethod", "It is neither GET nor POST.", _CHECK_TYPES),
    13235: Code("warning", "Conference: beep", "It is not true, false, onEnter or onExit.", _CHECK_TYPES),
    13236: Code(
        "warning",
        "Conference: Sid",
        "There is no such conference, or it is over.",
        "Name the conference instead.",
    ),
    13237: Code("warning", "Conference: name", "It is empty or longer than 128 characters.", "Shorten the name."),
    13238: Code(
        "warning",
        "Conference: music",
        "Only Say, Play and Redirect may be played to those who wait.",
        "Leave the other verbs out.",
    ),
    13241: Code("warning", "Sip: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13242: Code("warning", "Sip: sendDigits", "Only 0-9 # * w and W can be sent.", _CHECK_TYPES),
    13243: Code(
        "warning",
        "Sip: address",
        "It does not begin with sip: or sips:.",
        "Write sip:, the user, @ and the host.",
    ),
    13244: Code("warning", "Sip: not permitted", "The account may not make SIP calls.", "Have SIP enabled."),
    13310: Code("warning", "Gather: finishOnKey", "It is not one of 0-9 # * or empty.", _CHECK_TYPES),
    13311: Code("warning", "Gather: finishOnKey", "It is more than one character.", _CHECK_TYPES),
    13312: Code("warning", "Gather: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13313: Code("warning", "Gather: timeout", "It is not a positive whole number.", _CHECK_TYPES),
    13314: Code("warning", "Gather: numDigits", "It is not a positive whole number.", _CHECK_TYPES),
    13320: Code(
        "warning",
        "Gather: nested verb",
        "Only Say, Play and Pause may stand in a Gather.",
        "Put the verb behind the Gather; here it is passed over.",
    ),
    13321: Code("warning", "Gather: voice of a Say", "No such voice is known.", _CHECK_TYPES),
    13322: Code("warning", "Gather: loop of a prompt", "It is not a whole number from 0.", _CHECK_TYPES),
    13325: Code(
        "fatal",
        "Gather: Play is no audio",
        "What was fetched is not a sound.",
        "See what the address gives; its content type must be audio.",
    ),
    13326: Code("warning", "Gather: input", "It is not dtmf, speech or both.", _CHECK_TYPES),
    13327: Code("warning", "Gather: speechTimeout", "It is neither a positive whole number nor auto.", _CHECK_TYPES),
    13328: Code("warning", "Gather: maxSpeechTime", "It is not a whole number from 1 to 60.", _CHECK_TYPES),
    13329: Code("warning", "Gather: partialResultCallbackMethod", "It is neither GET nor POST.", _CHECK_TYPES),
    13330: Code(
        "warning",
        "Gather: hints",
        "There are more than 500, or one is longer than 100 characters.",
        _CHECK_TYPES,
    ),
    13331: Code("warning", "Gather: language", "It is not the name of a language, as en-US.", _CHECK_TYPES),
    13332: Code("warning", "Gather: bargeIn", "It is neither true nor false.", _CHECK_TYPES),
    13333: Code("warning", "Gather: profanityFilter", "It is neither true nor false.", _CHECK_TYPES),
    13334: Code("warning", "Gather: speechModel", "No such model is known.", _CHECK_TYPES),
    13338: Code("error", "Gather: actionOnEmptyResult", "It is neither true nor false.", _CHECK_TYPES),
    13410: Code("warning", "Play: loop", "It is not a whole number from 0.", _CHECK_TYPES),
    13420: Code(
        "fatal",
        "Play: no audio",
        "What was fetched is not a sound.",
        "See what the address gives; its content type must be audio.",
    ),
    13430: Code(
        "warning",
        "Play: digits",
        "Only 0-9 # * A-D and w (half a second) or W (a second) can be played.",
        "Correct the digits; nothing is played.",
    ),
    13510: Code("warning", "Say: loop", "It is not a whole number from 0.", _CHECK_TYPES),
    13511: Code("warning", "Say: voice", "No such voice is known.", _CHECK_TYPES),
    13512: Code("warning", "Say: language", "It is not the name of a language, as en-US.", _CHECK_TYPES),
    13520: Code("warning", "Say: text", "There is nothing to say.", "Leave the Say out, or see which value was empty."),
    13521: Code("warning", "Say: length", "The text is longer than the voice takes.", "Say it in several parts."),
    13610: Code("warning", "Record: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13611: Code("warning", "Record: timeout", "It is not a positive whole number.", _CHECK_TYPES),
    13612: Code("warning", "Record: maxLength", "It is not a positive whole number.", _CHECK_TYPES),
    13613: Code("warning", "Record: finishOnKey", "Only 0-9 # * can be.", _CHECK_TYPES),
    13614: Code("warning", "Record: transcribe", "It is neither true nor false.", _CHECK_TYPES),
    13615: Code(
        "warning",
        "Record: too long to transcribe",
        "More than 120 seconds cannot be transcribed.",
        "Lower maxLength, or leave transcribe out.",
    ),
    13616: Code("warning", "Record: playBeep", "It is neither true nor false.", _CHECK_TYPES),
    13617: Code(
        "warning",
        "Record: length to transcribe",
        "Only 2 to 120 seconds can be transcribed.",
        "Ask for a longer or shorter message.",
    ),
    13618: Code(
        "warning",
        "Record: gone before it was transcribed",
        "The recording was deleted too early.",
        "Delete it when the transcript has come.",
    ),
    13621: Code(
        "error",
        "Record: recordingStatusCallbackEvent",
        "Only in-progress, completed and absent can be.",
        "Correct the attribute.",
    ),
    13710: Code("warning", "Redirect: method", "It is neither GET nor POST.", _CHECK_TYPES),
    13803: Code(
        "error",
        "Sms: not here",
        "Messages cannot be sent from where this call is.",
        "Send the message with the REST interface.",
    ),
    13805: Code(
        "error",
        "Trial call over",
        "A trial account's calls end after ten minutes.",
        "Upgrade the account, or shorten the call.",
    ),
    13810: Code("warning", "Reject: reason", "It is neither rejected nor busy.", _CHECK_TYPES),
    13910: Code("warning", "Pause: length", "It is not a positive whole number.", _CHECK_TYPES),
    13999: Code("warning", "Pause", "Something else is wrong with the Pause.", "Compare it with the verb's page."),
    32015: Code(
        "error",
        "Longest call reached",
        "The call lasted as long as calls may.",
        "Shorten the call, or have the limit raised.",
    ),
}
