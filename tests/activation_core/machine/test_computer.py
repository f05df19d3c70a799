"""A licensed computer as a whole: what its parts make of one another."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from licensed_computers import (
    ADA,
    BOB,
    EVE,
    NOW,
    PRODUCT,
    activated,
    add,
    answer,
    hardware,
    license_code,
    product_key,
)

from activation_core.connections import Connection
from activation_core.machine.computer import LicensedComputer
from activation_core.products import Product, WhenGraceIsOver
from activation_core.refusals import Refusal
from activation_core.roles import MAY, forbidden

LATE = NOW + timedelta(days=PRODUCT.grace_days)


def computer(folder: Path, name: str = "north", product: Product = PRODUCT, serial: int = 1) -> LicensedComputer:
    """An activated one, in a site with the others of this folder."""
    activated(folder / name / f"product-{product.number}", name, serial)
    return LicensedComputer(name, folder / name, folder / "site", product, hardware(name), NOW)


def fresh(folder: Path, product: Product = PRODUCT) -> LicensedComputer:
    return LicensedComputer("new", folder / "new", folder / "site", product, hardware("new"), NOW)


def is_granted(connected: Connection | Refusal) -> bool:
    return isinstance(connected, Connection)


def test_rule_03_core_services_depend_on_activation(tmp_path: Path) -> None:
    new = fresh(tmp_path)
    assert is_granted(new.usage.connect("eve", "laptop", "file", NOW))

    assert new.usage.connect("bob", "desk", "file", LATE) == Refusal("services_locked")
    key = product_key(9)
    new.server.enter_product_key(key.text, LATE)
    asked = new.server.installation_id(LATE)
    assert not isinstance(asked, Refusal)
    assert new.server.accept(answer(asked.digits, key), LATE) is None
    assert is_granted(new.usage.connect("bob", "desk", "file", LATE))


@pytest.mark.parametrize(("policy", "served"), [("locked", False), ("restricted", True)])
def test_rule_63_what_happens_differs_with_the_product(tmp_path: Path, policy: WhenGraceIsOver, served: bool) -> None:
    new = fresh(tmp_path, replace(PRODUCT, when_grace_is_over=policy))

    assert is_granted(new.usage.connect("eve", "laptop", "file", LATE)) is served


def test_rule_63_what_somebody_may_do_differs_with_the_role() -> None:
    may = {actor.role: {task for task in MAY if not forbidden(actor, task)} for actor in (ADA, BOB, EVE)}

    assert may["user"] < may["delegated"] < may["administrator"] == set(MAY)


def test_rule_20_more_than_five_clients_need_more_licences(tmp_path: Path) -> None:
    here = computer(tmp_path)
    for number in range(5):
        assert is_granted(here.usage.connect(f"user {number}", "desk", "file", NOW))
    refused = here.usage.connect("user 5", "desk", "file", NOW)
    assert isinstance(refused, Refusal)
    assert refused.code == "no_licence_free"

    add(here.cals, 501)
    assert is_granted(here.usage.connect("user 5", "desk", "file", NOW))


def test_rule_59_the_pool_is_what_the_servers_bring_each_licence_once(tmp_path: Path) -> None:
    north, south = computer(tmp_path, "north"), computer(tmp_path, "south", serial=2)
    add(north.cals, 501, grant=1)
    for one in (north, south):
        assert one.add_to_pool(ADA, NOW) == Refusal("mode_is_per_server")
        assert one.mode.change("per_device_or_user", BOB, NOW) is None

    for _ in range(2):
        assert [one.add_to_pool(BOB, NOW) for one in (north, south)] == [None, None]
    assert north.site.site.pool.licences == (5 + 20) + 5
    add(south.cals, 502)  # a pack that came since is added by the next act
    assert south.add_to_pool(BOB, NOW) is None
    assert north.site.site.pool.licences == 35


def test_rule_59_a_server_that_is_not_activated_brings_nothing(tmp_path: Path) -> None:
    new = fresh(tmp_path)
    new.mode.change("per_device_or_user", ADA, NOW)

    assert new.add_to_pool(ADA, NOW) == Refusal("activate_first")
    assert new.site.site.pool.licences == 0


def test_rule_59_servers_of_one_name_are_told_apart_and_a_renamed_one_counts_once(tmp_path: Path) -> None:
    first, second = computer(tmp_path, "north"), computer(tmp_path, "south", serial=2)
    second.name = "north"
    for one in (first, second):
        one.mode.change("per_device_or_user", ADA, NOW)
        assert one.add_to_pool(ADA, NOW) is None
    assert first.site.site.pool.licences == 10

    first.name = "west"
    assert first.add_to_pool(ADA, NOW) is None
    assert first.site.site.pool.licences == 10


def test_rule_60_after_the_change_nothing_is_in_the_pool_until_somebody_adds_it(tmp_path: Path) -> None:
    here = computer(tmp_path)
    here.mode.change("per_device_or_user", ADA, NOW)

    assert here.usage.report(NOW).licences == 0
    assert not is_granted(here.usage.connect("eve", "laptop", "file", NOW))
    assert here.add_to_pool(EVE, NOW) is not None
    assert here.add_to_pool(ADA, NOW) is None
    assert is_granted(here.usage.connect("eve", "laptop", "file", NOW))


def test_rule_56_a_device_that_is_licensed_once_may_use_every_server_of_the_site(tmp_path: Path) -> None:
    north, south = computer(tmp_path, "north"), computer(tmp_path, "south", serial=2)
    for one in (north, south):
        one.mode.change("per_device_or_user", ADA, NOW)
    north.add_to_pool(ADA, NOW)

    for one in (north, south):
        for service in ("mail", "file"):
            connected = one.usage.connect("eve", "laptop", service, NOW)
            assert isinstance(connected, Connection)
            assert one.usage.logon(connected.id, NOW) is None
    assert north.usage.report(NOW).in_use == south.usage.report(NOW).in_use == 1


def test_two_products_on_one_computer_do_not_mix(tmp_path: Path) -> None:
    here = computer(tmp_path)
    add(here.cals, 501)
    other = LicensedComputer("north", tmp_path / "north", tmp_path / "site", replace(PRODUCT, number=8), {}, NOW)
    here.mode.change("per_device_or_user", ADA, NOW)

    assert (other.server.state(NOW), other.cals.installed.total) == ("no_product_key", 5)
    assert other.mode.mode.mode == "per_server"


def test_what_was_given_up_is_taken_out_of_the_pool(tmp_path: Path) -> None:
    here = computer(tmp_path)
    add(here.cals, 501)
    here.mode.change("per_device_or_user", ADA, NOW)
    here.add_to_pool(ADA, NOW)
    assert here.site.site.pool.licences == 10

    assert here.give_up(ADA, license_code(501).text, NOW) is None

    assert here.site.site.pool.licences == 5
    assert here.cals.installed.total == 5


def test_what_a_crash_left_in_the_pool_is_taken_out_by_giving_it_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = computer(tmp_path)
    add(here.cals, 501)
    here.mode.change("per_device_or_user", ADA, NOW)
    here.add_to_pool(ADA, NOW)

    def crash(*_: object) -> None:
        raise OSError("the network drive is gone")

    with monkeypatch.context() as patched:
        patched.setattr(here.site, "remove", crash)
        with pytest.raises(OSError, match="gone"):
            here.give_up(ADA, license_code(501).text, NOW)
    assert here.site.site.pool.licences == 10

    assert here.give_up(ADA, license_code(501).text, NOW) is None
    assert here.site.site.pool.licences == 5
    assert here.give_up(ADA, license_code(501).text, NOW) == Refusal("no_such_pack")


def test_a_temporary_licence_does_not_begin_anew_because_the_clock_was_set_back(tmp_path: Path) -> None:
    here = computer(tmp_path)
    here.mode.change("per_device_or_user", ADA, NOW)
    here.add_to_pool(ADA, NOW)
    assert is_granted(here.usage.connect("eve", "laptop", "file", NOW))
    assert here.usage.report(NOW).in_use == 1

    for day in range(1, PRODUCT.temporary_days + 1):
        here.server.state(NOW + timedelta(days=day))

    assert here.usage.report(NOW).in_use == 0
    here.usage.connect("eve", "laptop", "file", NOW)
    assert [holder.kind for holder in here.site.site.holders] == ["device", "user"]  # each has one temporary license
