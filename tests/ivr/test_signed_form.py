"""A form is believed by its signature: Twilio's published vectors, and what twilio's own validator says."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from ivr.signed_form import MAX_FIELDS, SignedForms, parse

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
FORMS = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")), max_size=8
)


def body(form):
    return parse(urlencode(form, doseq=True).encode())


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL.replace(".com", ".com:443"), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),  # signed with its port, as Twilio does at times
    ],
)
def test_the_published_vectors(url, signature):
    assert SignedForms([TOKEN]).are_signed(url, body(FORM), signature)
    assert not SignedForms([TOKEN]).are_signed(url, body({**FORM, "Digits": "1235"}), signature)
    assert not SignedForms(["another"]).are_signed(url, body(FORM), signature)


def test_a_field_that_comes_more_than_once():
    form = {"Sid": "CA123", "SidAccount": "AC123", "Digits": ["5678", "1234", "1234"]}
    assert SignedForms([TOKEN]).are_signed(URL, body(form), "IK+Dwps556ElfBT0I3Rgjkr1wJU=")


def test_of_several_accounts_each_is_believed():
    forms = SignedForms(["the successor", TOKEN])
    assert forms.are_signed(URL, body(FORM), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert forms.are_signed(URL, body(FORM), RequestValidator("the successor").compute_signature(URL, FORM))


@given(FORMS)
def test_what_twilios_validator_signs_is_believed_at_once(form):
    forms = SignedForms([TOKEN])
    forms._validators = []  # so that the library's last word is not needed
    assert forms.are_signed(URL, body(form), RequestValidator(TOKEN).compute_signature(URL, form))


@given(FORMS, st.text())
def test_no_other_signature_is_believed(form, signature):
    assert not SignedForms([TOKEN]).are_signed(URL, body({**form, "one": "more"}), signature)


PIECES = ["a", "=", "&", "+", ";", "é", "%", "%26", "%3D", "%3d", "%C3", "%A9", "%2B"]


@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(lambda pieces: "".join(pieces).encode()))
def test_any_body_is_read_as_pythons_own_parser_reads_it(body):
    assert parse(body) == parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def test_more_fields_than_any_carrier_sends_are_refused():
    with pytest.raises(ValueError, match="fields"):
        parse(b"&".join([b"a=1"] * (MAX_FIELDS + 1)))
