"""The licensing mode: once, one way; and the pool, in which everything counts once."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation_core import licensing_mode
from activation_core.licensing_mode import Contribution, LicensingMode, Mode, Pool
from activation_core.refusals import Refusal

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANGED = LicensingMode("per_device_or_user")


def added(pool: Pool, *brought: Contribution) -> Pool:
    after = licensing_mode.add(pool, "per_device_or_user", brought, "Kim", NOW)
    assert isinstance(after, Pool)
    return after


def test_rule_57_a_product_starts_per_server_and_may_stay_there() -> None:
    assert licensing_mode.change(LicensingMode(), "per_server", "Kim", NOW) == LicensingMode("per_server", ())


def test_rule_58_it_is_changed_once_and_the_history_says_by_whom() -> None:
    after = licensing_mode.change(LicensingMode(), "per_device_or_user", "Kim", NOW)

    assert isinstance(after, LicensingMode)
    assert after.mode == "per_device_or_user"
    [entry] = after.history
    assert (entry.at, entry.who) == (NOW, "Kim")
    assert "per server to per device or user" in entry.what


@pytest.mark.parametrize(
    ("to", "code"), [("per_device_or_user", "mode_is_final"), ("per_server", "mode_never_goes_back")]
)
def test_rule_58_a_second_and_a_reverse_change_are_refused(to: Mode, code: str) -> None:
    assert licensing_mode.change(CHANGED, to, "Kim", NOW) == Refusal(code)


@given(st.lists(st.sampled_from(["per_server", "per_device_or_user"])))
def test_rule_58_the_mode_never_goes_back(wishes: list[Mode]) -> None:
    seen = [LicensingMode()]
    for to in wishes:
        after = licensing_mode.change(seen[-1], to, "Kim", NOW)
        if isinstance(after, LicensingMode):
            seen.append(after)

    modes = [each.mode for each in seen]
    assert modes == sorted(modes, key=["per_server", "per_device_or_user"].index)
    assert len(seen[-1].history) == ("per_device_or_user" in wishes)


def test_rule_59_the_pool_is_the_included_licences_and_the_packs_of_the_servers() -> None:
    pool = added(Pool(), licensing_mode.included("harbor", 5), licensing_mode.pack(1, 77, 20, "user", "harbor"))
    pool = added(pool, licensing_mode.included("quay", 5), licensing_mode.pack(1, 78, 5, "device", "quay"))

    assert pool.licences == 35
    assert (pool.serving("either"), pool.serving("user"), pool.serving("device")) == (10, 20, 5)


def test_rule_59_what_is_added_again_counts_once_whoever_adds_it() -> None:
    once = added(Pool(), licensing_mode.pack(1, 77, 20, "user", "harbor"))
    twice = added(
        once, licensing_mode.pack(1, 77, 20, "user", "quay"), licensing_mode.pack(1, 77, 20, "user", "harbor")
    )

    assert twice == once


def test_rule_59_the_same_pack_twice_in_one_act_counts_once() -> None:
    the_pack = licensing_mode.pack(1, 77, 20, "user", "harbor")

    assert added(Pool(), the_pack, the_pack).licences == 20


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["harbor", "quay"]))))
def test_rule_59_in_whatever_order_the_pool_counts_each_pack_once(acts: list[tuple[int, str]]) -> None:
    pool = Pool()
    for serial, server in acts:
        pool = added(pool, licensing_mode.pack(1, serial, 5, "device", server), licensing_mode.included(server, 5))

    packs, servers = {serial for serial, _ in acts}, {server for _, server in acts}
    assert pool.licences == 5 * len(packs) + 5 * len(servers)
    assert len(pool.history) == len(packs) + len(servers)


def test_rule_60_nothing_is_added_before_the_mode_was_changed() -> None:
    brought = [licensing_mode.included("harbor", 5)]

    assert licensing_mode.add(Pool(), "per_server", brought, "Kim", NOW) == Refusal("mode_is_per_server")


def test_rule_60_adding_is_an_act_of_somebody_and_in_the_history() -> None:
    pool = added(Pool(), licensing_mode.included("harbor", 5))

    [entry] = pool.history
    assert (entry.at, entry.who, entry.what) == (
        NOW,
        "Kim",
        "Added 5 licenses of harbor to the pool (included:harbor).",
    )


def test_what_left_the_site_is_removed_and_may_be_added_again() -> None:
    the_pack = licensing_mode.pack(1, 77, 20, "user", "harbor")
    without = licensing_mode.remove(added(Pool(), the_pack), the_pack.key, "Kim", NOW)

    assert isinstance(without, Pool)
    assert without.licences == 0
    assert [entry.who for entry in without.history] == ["Kim", "Kim"]
    assert added(without, the_pack).licences == 20
    assert licensing_mode.remove(without, the_pack.key, "Kim", NOW) == Refusal("not_in_the_pool", {"key": the_pack.key})
