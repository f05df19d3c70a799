"""Licensing mode, the site and usage without a script."""

import pytest
from computer_screen import ADA, Screen

from activation_core.refusals import REASONS
from app import now


def per_device(screen: Screen) -> Screen:
    assert screen.computer().mode.change("per_device_or_user", ADA, now()) is None
    return screen


def test_rule_57_whoever_is_unsure_is_told_to_stay_per_server(screen: Screen) -> None:
    words = screen.open("/mode").words

    assert "where you stay if you are unsure" in words
    assert 'value="per_server" checked' in screen.html


def test_rule_55_and_58_the_change_is_asked_for_twice_and_made_once(screen: Screen) -> None:
    assert "once and in one direction" in screen.send("/mode", mode="per_device_or_user").words
    assert screen.computer().mode.mode.mode == "per_server"
    assert "Say that you are sure" in screen.send("/mode", mode="per_device_or_user", confirmed="yes").words

    screen.send("/mode", mode="per_device_or_user", sure="yes")

    assert "Changed by ada" in screen.words
    assert "Next" not in screen.words


@pytest.mark.parametrize(
    ("to", "code"), [("per_server", "mode_never_goes_back"), ("per_device_or_user", "mode_is_final")]
)
def test_rule_58_no_second_change_and_no_way_back_even_if_posted(screen: Screen, to: str, code: str) -> None:
    assert REASONS[code].words in per_device(screen).send("/mode", mode=to, sure="yes").words


def test_rule_60_the_pool_waits_for_the_administrators_own_act(screen: Screen) -> None:
    per_device(screen.activated())
    assert "5 licenses of this server wait" in screen.open("/mode").words
    assert "In the pool 0" in screen.open("/site").words

    assert "In the pool 5" in screen.send("/site", part="pool").words
    assert "In the pool 5" in screen.send("/site", part="pool").words  # counted once (rule 59)


def test_the_pool_is_refused_per_server(screen: Screen) -> None:
    assert REASONS["mode_is_per_server"].words in screen.send("/site", part="pool").words


def test_rule_61_a_delegated_person_may_change_the_mode_and_a_user_may_not(screen: Screen) -> None:
    screen.working_as("eve")
    assert "disabled" in screen.open("/mode").html
    assert REASONS["not_allowed"].words in screen.words
    assert REASONS["not_allowed"].words in screen.send("/mode", mode="per_device_or_user", sure="yes").words

    screen.working_as("bob").send("/mode", mode="per_device_or_user", sure="yes")
    assert "Changed by bob" in screen.words


def test_rule_56_who_is_licensed_is_shown_and_can_be_released(screen: Screen) -> None:
    per_device(screen.activated()).send("/site", part="pool")
    screen.send("/usage", user="Cyd", device="Desk 7", service="file")
    assert "desk 7 device Temporary, until" in screen.open("/site").words

    live = screen.computer().usage.report(now()).live
    screen.send("/usage", logon=live[0].id)
    assert "desk 7 device Permanent" in screen.open("/site").words

    assert "Nobody is licensed yet" in screen.send("/site", part="holders", kind="device", name="desk 7").words


def test_a_license_group_is_made_kept_after_a_refusal_and_removed(screen: Screen) -> None:
    per_device(screen.activated()).send("/site", part="pool")
    group = {"part": "groups", "name": "Night shift", "members": "cyd\ndan"}

    screen.send("/site", **group, licences="9")
    assert REASONS["no_licence_free"].words in screen.words
    assert 'value="Night shift"' in screen.html

    assert "night shift 2 cyd, dan" in screen.send("/site", **group, licences="2").words
    assert "night shift" not in screen.send("/site", part="remove", name="night shift").words


def test_rule_23_one_user_at_two_workstations_is_two_connections(screen: Screen) -> None:
    screen.activated()
    for device in ("desk 1", "desk 2"):
        screen.send("/usage", user="ada", device=device, service="mail")

    assert "In use now 2" in screen.words


def test_rule_20_the_sixth_connection_is_refused_and_an_administrator_is_not(screen: Screen) -> None:
    screen.activated()
    for number in range(5):
        screen.send("/usage", user=f"user {number}", device="desk", service="file")

    assert REASONS["no_licence_free"].words in screen.send("/usage", user="six", device="desk", service="file").words
    assert 'value="six"' in screen.html
    screen.send("/usage", user="root", device="desk", service="file", administrator="yes")
    assert "In use now 6" in screen.words


def test_a_connection_is_closed(screen: Screen) -> None:
    screen.activated().send("/usage", user="ada", device="desk", service="print")
    live = screen.computer().usage.report(now()).live

    assert "Live connections None." in screen.send("/usage", connection=live[0].id).words


def test_a_connection_of_nobody_is_said_in_a_sentence(screen: Screen) -> None:
    screen.activated().send("/usage", user=" ", device="desk", service="mail")

    assert "Name the user, in 1 to 256 characters." in screen.words
