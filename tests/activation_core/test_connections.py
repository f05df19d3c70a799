"""Connections to one server: counted, first come first served, polled."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation_core import connections
from activation_core.connections import POLL_EVERY, SERVICES, Connection, Poll, Usage
from activation_core.refusals import Refusal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def asked(user: str = "ada", device: str = "desk-1", service: str = "file", administrator: bool = False) -> Connection:
    return connections.connection(user, device, service, NOW, administrator)


def connected(*each: Connection, licences: int | None = 5) -> Usage:
    usage = Usage()
    for one in each:
        after = connections.connect(usage, one, licences)
        assert isinstance(after, Usage)
        usage = after
    return usage


@pytest.mark.parametrize("service", SERVICES)
def test_rule_22_each_kind_of_service_takes_a_licence(service: str) -> None:
    full = connected(asked("bea"), licences=1)

    assert connections.connect(full, asked("ada", service=service), 1) == Refusal(
        "no_licence_free", {"licences": 1, "in_use": 1}
    )


def test_rule_22_a_service_that_needs_no_licence_is_none_of_these() -> None:
    with pytest.raises(ValueError, match="one of mail, file, print, remote"):
        asked(service="time")


def test_rule_23_one_user_at_two_workstations_is_two_connections() -> None:
    assert len(connected(asked(device="desk-1"), asked(device="desk-2")).live) == 2


def test_the_same_user_device_and_service_is_one_connection_however_it_is_spelt() -> None:
    usage = connected(asked("Ada", "DESK-1"), asked(" ada ", "desk-1"))

    assert len(usage.live) == 1
    assert asked("Ada", "DESK-1").id == asked("ada", "desk-1").id != asked("ada", "desk-2").id


def test_rule_19_five_connect_and_the_sixth_is_refused_until_one_leaves() -> None:
    usage = connected(*(asked(device=f"desk-{n}") for n in range(5)))
    sixth = asked(device="desk-6")

    assert connections.connect(usage, sixth, 5) == Refusal("no_licence_free", {"licences": 5, "in_use": 5})
    left = connections.disconnect(usage, usage.live[2].id)
    assert isinstance(left, Usage)
    assert isinstance(connections.connect(left, sixth, 5), Usage)


def test_who_is_connected_stays_so_when_licences_are_taken_away() -> None:
    usage = connected(asked(device="desk-1"), asked(device="desk-2"))

    assert connections.connect(usage, asked(device="desk-1"), 1) == usage
    assert isinstance(connections.connect(usage, asked(device="desk-3"), 1), Refusal)


def test_an_administrator_is_never_refused_but_counts() -> None:
    full = connected(asked("ada"), licences=1)
    with_administrator = connections.connect(full, asked("root", administrator=True), 1)

    assert isinstance(with_administrator, Usage)
    assert len(with_administrator.live) == 2
    alone = connections.disconnect(with_administrator, asked("ada").id)
    assert isinstance(alone, Usage)
    assert connections.connect(alone, asked("bea"), 1) == Refusal("no_licence_free", {"licences": 1, "in_use": 1})


def test_a_connection_that_is_not_there_is_refused_by_name() -> None:
    nobody = Refusal("no_such_connection", {"id": "0123"})

    assert connections.logon(Usage(), "0123") == connections.disconnect(Usage(), "0123") == nobody


def test_a_logon_is_kept_with_its_connection_alone() -> None:
    usage = connections.logon(connected(asked("ada"), asked("bea")), asked("bea").id)

    assert isinstance(usage, Usage)
    assert [each.logged_on for each in usage.live] == [False, True]


def test_what_a_crashed_service_left_behind_is_closed() -> None:
    usage = connected(asked("ada", service="file"), asked("ada", service="mail"), asked("bea", service="file"))

    assert [each.service for each in connections.disconnect_all_by(usage, "file").live] == ["mail"]


def test_what_a_device_left_behind_that_broke_down_is_closed() -> None:
    usage = connected(asked("ada", "Desk-1"), asked("bea", "desk-1", "mail"), asked("ada", "desk-2"))

    assert [each.device for each in connections.disconnect_all_of(usage, "DESK-1").live] == ["desk-2"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 257, "a\x00b", 7, None])
def test_a_user_or_device_without_a_usable_name_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="the user"):
        asked(user=name)
    with pytest.raises(ValueError, match="the device"):
        asked(device=name)


def test_rule_49_maximum_usage_is_what_a_poll_saw_and_says_when() -> None:
    usage = connections.poll(Usage(), 0, NOW)
    usage = connections.poll(usage, 4, NOW + timedelta(minutes=14))
    assert usage.maximum == Poll(0, NOW)

    usage = connections.poll(usage, 4, NOW + timedelta(minutes=50))
    assert usage.maximum == usage.last == Poll(4, NOW + timedelta(minutes=45))

    usage = connections.poll(usage, 2, NOW + timedelta(minutes=60))
    assert usage.last == Poll(2, NOW + timedelta(minutes=60))
    assert usage.maximum == Poll(4, NOW + timedelta(minutes=45))


def test_rule_49_a_peak_between_two_polls_is_not_seen() -> None:
    usage = connections.poll(Usage(), 1, NOW)
    usage = connections.poll(usage, 9, NOW + POLL_EVERY - timedelta(seconds=1))
    usage = connections.poll(usage, 1, NOW + POLL_EVERY)

    assert usage.maximum == Poll(1, NOW)


def test_polling_goes_on_after_the_clock_was_set_back() -> None:
    earlier = NOW - timedelta(days=400)
    usage = connections.poll(connections.poll(Usage(), 1, NOW), 2, earlier)

    assert usage.last == usage.maximum == Poll(2, earlier)


NAMES = st.sampled_from("abc")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["connect", "administer", "disconnect", "crash"]), NAMES, NAMES, st.sampled_from(SERVICES)
    )
)


@given(ACTS, st.integers(0, 4))
def test_rule_20_never_more_in_use_than_licences_but_for_administrators(acts, licences) -> None:  # type: ignore[no-untyped-def]
    usage = Usage()
    for act, user, device, service in acts:
        one = asked(user, device, service, administrator=act == "administer")
        match act:
            case "disconnect":
                after = connections.disconnect(usage, one.id)
            case "crash":
                after = connections.disconnect_all_of(usage, device)
            case _:
                after = connections.connect(usage, one, licences)
                assert (after == usage) <= (one.id in {each.id for each in usage.live})
        usage = usage if isinstance(after, Refusal) else after
        assert sum(not each.administrator for each in usage.live) <= licences
        assert len({each.id for each in usage.live}) == len(usage.live)
