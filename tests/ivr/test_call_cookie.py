"""The call comes back as it went, from every key that is still believed, and not if anybody changed it."""

from http.cookies import SimpleCookie

from hypothesis import given
from hypothesis import strategies as st

from ivr.call_cookie import NAME, CallCookie
from ivr.dialogue import Call

FACTS = st.dictionaries(
    st.text(max_size=9),
    st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=9) | st.lists(st.text(max_size=9), max_size=3),
    max_size=5,
)
CALLS = st.builds(Call, st.text(max_size=20), FACTS, st.integers(0, 9))


def kept(call, *keys):
    return SimpleCookie(CallCookie(keys, "/voice", secure=True).write(call))[NAME].value


def read(cookie, *keys):
    return CallCookie(keys, "/voice", secure=True).read(f"another=1; {NAME}={cookie}; b=2")


@given(CALLS)
def test_a_call_comes_back_as_it_went(call):
    assert read(kept(call, b"key"), b"key") == call


def test_a_call_under_way_outlives_a_new_key():
    cookie = kept(Call("enter_id"), b"old")
    assert read(cookie, b"old", b"new") == Call("enter_id")
    assert read(kept(Call("enter_id"), b"old", b"new"), b"new") == Call("enter_id")
    assert read(cookie, b"new") is None


@given(st.data())
def test_a_cookie_that_was_changed_is_none(data):
    cookie = kept(Call("enter_id"), b"key")
    place = data.draw(st.integers(0, len(cookie) - 1))
    letter = data.draw(st.sampled_from("abcXYZ019+/=.").filter(lambda letter: letter != cookie[place]))
    assert read(cookie[:place] + letter + cookie[place + 1 :], b"key") is None


@given(st.text(st.characters(max_codepoint=255)))  # as WSGI hands over any bytes
def test_nonsense_is_none(header):
    assert CallCookie([b"key"], "/voice", secure=True).read(header) is None
    assert read(header, b"key") is None
