"""Per device or per user: licensed once for the whole site, temporary first, from one pool."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from activation_core import connections, licensing_mode, site_licences
from activation_core.connections import Connection
from activation_core.licensing_mode import For, Pool
from activation_core.refusals import Refusal
from activation_core.site_licences import Holder, Site

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = 90
LATER, AFTER = NOW + timedelta(days=DAYS - 1), NOW + timedelta(days=DAYS)


def site_with(device: int = 0, user: int = 0, either: int = 0) -> Site:
    numbers: dict[For, int] = {"device": device, "user": user, "either": either}
    brought = [licensing_mode.pack(1, n, count, of, "harbor") for n, (of, count) in enumerate(numbers.items())]
    pool = licensing_mode.add(Pool(), "per_device_or_user", brought, "Kim", NOW)
    assert isinstance(pool, Pool)
    return Site(pool)


def asked(user: str, device: str, administrator: bool = False) -> Connection:
    return connections.connection(user, device, "file", NOW, administrator)


def connect(site: Site, user: str, device: str, now: datetime = NOW, administrator: bool = False) -> Site | Refusal:
    return site_licences.connect(site, asked(user, device, administrator), DAYS, now)


def connected(site: Site, *pairs: tuple[str, str], now: datetime = NOW) -> Site:
    for user, device in pairs:
        after = connect(site, user, device, now)
        assert isinstance(after, Site)
        site = after
    return site


def logged_on(site: Site, user: str, device: str, now: datetime = NOW) -> Site:
    after = site_licences.logon(connected(site, (user, device), now=now), asked(user, device), now)
    assert isinstance(after, Site)
    return after


def grouped(site: Site, licences: int, *members: str) -> Site:
    after = site_licences.set_group(site, "night shift", licences, members, NOW)
    assert isinstance(after, Site)
    return after


NONE_FREE = Refusal("no_licence_free", {"licences": 1, "in_use": 1})


def test_rule_56_a_licensed_device_takes_one_licence_whoever_uses_it() -> None:
    site = connected(site_with(device=2), ("ada", "desk"), ("bea", "desk"), ("cleo", "desk"))

    assert site_licences.in_use(site, NOW) == 1


def test_rule_56_a_licensed_user_takes_one_licence_at_whatever_device() -> None:
    site = connected(site_with(user=2), ("ada", "desk"), ("ada", "lab"), ("ada", "home"))

    assert [(holder.kind, holder.name) for holder in site.holders] == [("user", "ada")]


def test_rule_56_with_the_pool_used_up_nobody_new_is_licensed() -> None:
    site = connected(site_with(device=1), ("ada", "desk"))

    assert connect(site, "ada", "lab") == NONE_FREE
    assert connect(site, "bea", "desk") == site


def test_rule_18_packs_for_devices_license_devices_and_packs_for_users_users() -> None:
    site = connected(site_with(device=1, user=1), ("ada", "desk"), ("bea", "lab"))

    assert [(holder.kind, holder.name) for holder in site.holders] == [("device", "desk"), ("user", "bea")]
    assert isinstance(connect(site, "cleo", "home"), Refusal)


def test_rule_19_the_included_licences_serve_either_after_the_packs() -> None:
    site = connected(site_with(user=1, either=2), ("ada", "a"), ("bea", "b"), ("cleo", "c"))

    assert [holder.kind for holder in site.holders] == ["user", "device", "device"]
    assert site_licences.free(site, "device", NOW) == site_licences.free(site, "user", NOW) == 0


def test_a_licence_is_temporary_until_a_successful_logon() -> None:
    site = connected(site_with(device=1), ("ada", "desk"))
    assert site.holders == (Holder("device", "desk", AFTER),)

    assert logged_on(site, "ada", "desk", LATER).holders == (Holder("device", "desk", None),)


def test_a_temporary_licence_that_is_over_is_free_for_others_and_given_once_only() -> None:
    site = connected(site_with(device=1), ("ada", "desk"))

    assert connect(site, "bea", "lab", LATER) == NONE_FREE
    assert connect(site, "ada", "desk", AFTER) == Refusal("temporary_licence_over")
    assert site_licences.in_use(connected(site, ("bea", "lab"), now=AFTER), AFTER) == 1


def test_a_permanent_licence_has_no_end() -> None:
    site = logged_on(site_with(device=1), "ada", "desk")

    assert connect(site, "ada", "desk", NOW + timedelta(days=4000)) == site


def test_a_logon_after_the_temporary_licence_was_over_takes_one_that_is_free() -> None:
    site = connected(site_with(device=1), ("ada", "desk"))

    after = site_licences.logon(site, asked("ada", "desk"), AFTER)
    assert isinstance(after, Site)
    assert after.holders == (Holder("device", "desk", None),)
    taken = logged_on(site, "bea", "lab", AFTER)
    assert site_licences.logon(taken, asked("ada", "desk"), AFTER) == NONE_FREE


def test_a_logon_at_a_device_that_is_being_tried_costs_a_licensed_user_no_second_licence() -> None:
    site = connected(logged_on(site_with(user=1, device=0, either=1), "ada", "desk"), ("bea", "lab"))
    [_, lab] = site.holders

    after = site_licences.logon(site, asked("ada", "lab"), NOW)
    assert after == site
    assert lab.until == AFTER


def test_an_administrator_is_let_in_without_a_licence_where_none_is_free() -> None:
    site = connected(site_with(device=1), ("ada", "desk"))

    assert connect(site, "root", "console", administrator=True) == site
    assert site_licences.logon(site, asked("root", "console", administrator=True), NOW) == site


def test_an_administrator_takes_a_licence_that_is_free() -> None:
    after = connect(site_with(device=1), "root", "console", administrator=True)

    assert isinstance(after, Site)
    assert site_licences.in_use(after, NOW) == 1


def test_a_released_device_makes_room_and_may_begin_anew() -> None:
    site = connected(site_with(device=1), ("ada", "desk"))
    released = site_licences.release(site, "device", "DESK")

    assert isinstance(released, Site)
    assert connect(released, "ada", "desk", AFTER) != Refusal("temporary_licence_over")
    assert site_licences.release(released, "device", "desk") == Refusal(
        "not_licensed", {"kind": "device", "name": "desk"}
    )


def test_with_no_temporary_licences_at_all_the_logon_takes_one_that_is_free() -> None:
    site = site_with(device=1)

    assert site_licences.connect(site, asked("ada", "desk"), 0, NOW) == site
    after = logged_on(site, "ada", "desk")
    assert after.holders == (Holder("device", "desk", None),)
    assert site_licences.connect(after, asked("bea", "lab"), 0, NOW) == NONE_FREE


# Groups


def test_members_of_a_group_use_its_licences_for_the_devices_they_share() -> None:
    site = grouped(site_with(either=3), 2, "ada", "bea", "cleo")
    site = connected(site, ("ada", "a"), ("bea", "b"), ("cleo", "a"))

    assert [holder.group for holder in site.holders] == ["night shift", "night shift"]
    full = Refusal("group_is_full", {"group": "night shift", "licences": 2})
    assert connect(site, "cleo", "c") == full
    assert isinstance(connect(site, "dora", "d"), Site)


def test_what_is_set_apart_for_a_group_is_not_free_for_others() -> None:
    site = grouped(site_with(either=3), 2, "ada")

    assert site_licences.free(site, "user", NOW) == site_licences.free(site, "device", NOW) == 1
    assert isinstance(connect(connected(site, ("dora", "d")), "eve", "e"), Refusal)


def test_a_group_gets_no_more_than_is_free() -> None:
    site = connected(site_with(device=2, user=20), ("dora", "d"))

    assert site_licences.set_group(site, "night shift", 2, ["ada"], NOW) == Refusal(
        "no_licence_free", {"licences": 22, "in_use": 1}
    )


def test_a_licence_that_a_user_held_is_free_again_in_a_group() -> None:
    site = grouped(connected(site_with(user=1, either=1), ("ada", "desk")), 1, "ada")

    assert site.holders == ()
    assert site_licences.free(site, "user", NOW) == 1


def test_a_group_is_changed_and_never_below_the_devices_that_it_licensed() -> None:
    site = connected(grouped(site_with(either=3), 2, "ada", "bea"), ("ada", "a"), ("bea", "b"))

    assert grouped(site, 3, "ada").groups == (site_licences.Group("night shift", 3, ("ada",)),)
    assert site_licences.set_group(site, "Night Shift", 1, ["ada"], NOW) == Refusal("group_too_small", {"in_use": 2})


def test_a_user_is_in_one_group() -> None:
    site = grouped(site_with(either=3), 1, "ada")

    assert site_licences.set_group(site, "office", 1, ["ada", "bea"], NOW) == Refusal(
        "in_another_group", {"members": ["ada"]}
    )


def test_the_devices_of_a_removed_group_stay_licensed() -> None:
    site = site_licences.remove_group(connected(grouped(site_with(either=2), 2, "ada"), ("ada", "a")), "Night Shift")

    assert isinstance(site, Site)
    assert site.groups == ()
    assert site_licences.free(site, "device", NOW) == 1
    assert connect(site, "dora", "a") == site
    assert site_licences.remove_group(site, "night shift") == Refusal("no_such_group", {"name": "night shift"})


# In whatever order


def feasible(site: Site, now: datetime) -> bool:
    """Each holder can be given a licence of its own that may serve it, those of groups counted whole."""
    loose = [holder.kind for holder in site.holders if holder.holds(now) and not holder.group]
    devices = loose.count("device") + sum(group.licences for group in site.groups)
    beyond = max(0, devices - site.pool.serving("device")) + max(0, loose.count("user") - site.pool.serving("user"))
    return beyond <= site.pool.serving("either")


NAMES = st.sampled_from("abcd")
KINDS_OF_ACT = ["connect", "logon", "release", "group", "ungroup", "wait"]
ACTS = st.lists(st.tuples(st.sampled_from(KINDS_OF_ACT), NAMES, NAMES, st.integers(1, 3)), max_size=40)


@given(ACTS, st.tuples(*[st.integers(0, 3)] * 3))
def test_rule_56_never_more_in_use_than_licences(acts, pool) -> None:  # type: ignore[no-untyped-def]
    site, now = site_with(*pool), NOW
    for act, user, device, number in acts:
        after: Site | Refusal = site
        match act:
            case "connect":
                after = connect(site, user, device, now)
            case "logon":
                after = site_licences.logon(site, asked(user, device), now)
            case "release":
                after = site_licences.release(site, "device", device)
            case "group":
                after = site_licences.set_group(site, f"group {device}", number, [user, device], now)
            case "ungroup":
                after = site_licences.remove_group(site, f"group {device}")
            case "wait":
                now += timedelta(days=40 * number)
        site = site if isinstance(after, Refusal) else after
        assert site_licences.in_use(site, now) <= site.pool.licences
        assert feasible(site, now)
        assert len({(holder.kind, holder.name) for holder in site.holders}) == len(site.holders)
