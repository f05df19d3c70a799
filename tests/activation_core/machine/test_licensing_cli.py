"""The commands of the licensed computer, run against real files and a clearinghouse that answers at once."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any

import click
import httpx
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from licensed_computers import ISSUING_KEY, NOW, PRODUCT, answer, hardware, license_code, product_key
from werkzeug.serving import make_server

import app
from activation_core import codes, installation_id
from activation_core.codes import Kind
from activation_core.confirmation_id import BLOCK_NAMES
from activation_core.disclosure import disclosed
from activation_core.machine import api
from activation_core.machine.cli import licensing
from activation_core.machine.components import Reading
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.hardware_cli import machine
from activation_core.machine.internet import Clearinghouse
from activation_core.machine.seat import Where, Workplace
from activation_core.machine.simulated_hardware import KeptHardware
from wiring.computers import document

HEAVY = ("product_uuid", "disk", "network", "machine_id", "volume", "board")
Run = Callable[..., Result]


@dataclass
class Bench:
    """A workplace with a clock that the tests set, and a clearinghouse that can be out of order."""

    folder: Path
    time: datetime = NOW
    fails: httpx.TransportError | None = None
    refuses: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "quay"

    @property
    def licences(self) -> Path:
        return self.home / f"product-{PRODUCT.number}" / "licences.json"

    def workplace(self) -> Workplace:
        return Workplace(
            open=self._open,
            hardware=self._hardware,
            directory=app.read_directory,
            document=document,
            now=lambda: self.time,
            user=lambda: "ada",
            token=lambda: "t" * 43,
            profiles=("first",),
        )

    def _home(self, where: Where) -> Path:
        return where.home or self.home

    def _hardware(self, where: Where) -> tuple[KeptHardware, Reading]:
        return KeptHardware(self._home(where)), Reading(hardware(self._home(where).name), {})

    def _open(self, where: Where) -> LicensedComputer:
        home, (kept, base) = self._home(where), self._hardware(where)
        over = Clearinghouse("http://127.0.0.1", lambda seconds: None, httpx.MockTransport(self._answers))
        site = where.site or self.folder / "site"
        return LicensedComputer(home.name, home, site, PRODUCT, kept.over(base).components, self.time, over)

    def _answers(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.fails:
            raise self.fails
        if self.refuses:
            return httpx.Response(422, json={"code": self.refuses, "details": {}})
        if request.url.path.endswith("/standings"):
            return httpx.Response(200, json={"standing": "current"})
        return httpx.Response(200, json={"confirmation_id": confirmed(json.loads(request.content)["installation_id"])})


@cache
def confirmed(digits: str) -> str:
    """What the desk reads out for this Installation ID."""
    asked = installation_id.parse(digits)
    of_server = asked.operation.kind is Kind.PRODUCT_KEY
    return answer(digits, (product_key if of_server else license_code)(asked.serial))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def runner(bench: Bench) -> Run:
    place = bench.workplace()
    group = click.Group("app.py", commands=[licensing(place), machine(place)])

    def run(*arguments: str, status: int = 0, typed: str = "", within: str = "licensing") -> Result:
        result = CliRunner().invoke(group, [within, *arguments], input=typed)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def run(bench: Bench) -> Run:
    return runner(bench)


@pytest.fixture
def read(run: Run) -> Callable[..., Any]:
    """What a command writes as JSON."""
    return lambda *arguments, **more: json.loads(run(*arguments, "--json", **more).stdout)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Computers that went so far, to be copied: signatures take their time."""
    folder = tmp_path_factory.mktemp("homes")
    run, quay = runner(Bench(folder)), folder / "quay"
    run("product-key", product_key(1).shown)
    run("activate", "--internet")
    shutil.copytree(quay, folder / "activated")
    run("add", license_code(2).shown, license_code(3).shown, "--internet")
    shutil.copytree(quay, folder / "licensed")
    return folder


@pytest.fixture
def activated(run: Run, bench: Bench, homes: Path) -> Run:
    """A computer that is activated."""
    shutil.copytree(homes / "activated", bench.home)
    return run


@pytest.fixture
def licensed(run: Run, bench: Bench, homes: Path) -> Run:
    """With two packs."""
    shutil.copytree(homes / "licensed", bench.home)
    return run


def change_hardware(run: Run) -> None:
    for part in HEAVY:
        run("change-part", part, within="machine")


def words(result: Result) -> str:
    """What was said, as if the lines were not broken."""
    return " ".join(result.output.split())


# Activation


def test_rule_1_registering_is_a_choice_of_its_own_and_is_linked_with_nothing(
    run: Run, read: Any, bench: Bench
) -> None:
    run("product-key", product_key(1).shown)
    assert "Register now or later, or never" in run("activate", "--internet").stdout
    assert read("register", "show") == {"registered": False}
    run("register", "later")
    told = read("register", "now", "--name", "Ada", "--email", "ada@example.org")
    assert told == {
        **{"registered": True, "name": "Ada", "on": "2026-03-01"},
        **{"organisation": "", "address": "", "email": "ada@example.org"},
    }
    assert bench.asked == ["/clearinghouse/v1/confirmations"]
    assert product_key(1).text not in (bench.home / "registration.json").read_text()


def test_rule_2_nothing_of_the_person_who_activates_is_asked_or_kept(activated: Run, bench: Bench) -> None:
    activated("activate", "--internet", "--as", "grace:user")
    assert "grace" not in (bench.home / f"product-{PRODUCT.number}" / "activation.json").read_text()


def test_rule_4_a_new_server_says_that_there_is_no_product_key_yet(read: Any) -> None:
    said = read("status")
    assert (said["state"], said["activated"], said["product_key"], said["licences"]) == (
        "no_product_key",
        False,
        None,
        5,
    )


def test_rule_5_the_days_of_grace_are_counted_down(read: Any, bench: Bench) -> None:
    assert read("status")["days_left"] == 30
    bench.time += timedelta(days=29, hours=1)
    assert read("status")["days_left"] == 1


def test_rule_6_a_reminder_comes_at_each_logon_and_at_intervals(run: Run, bench: Bench) -> None:
    assert "Activate it" in run("logon").stdout
    assert "Activate it" in run("logon").stdout
    assert run("remind").stdout == ""
    bench.time += timedelta(hours=PRODUCT.reminder_hours)
    assert "Activate it" in run("remind").stdout


def test_rule_6_nobody_is_reminded_once_it_is_activated(activated: Run, read: Any) -> None:
    assert activated("logon").stdout == ""
    assert read("remind")["due"] is False


def test_rule_7_after_the_grace_period_services_are_refused_and_activating_is_not(
    run: Run, read: Any, bench: Bench
) -> None:
    run("product-key", product_key(1).shown)
    bench.time += timedelta(days=31)
    assert (read("status")["state"], read("status")["services_run"]) == ("locked", False)
    assert "mail, file, print and remote access" in words(run("status"))
    assert "Refusal: services_locked" in run("connect", "ada", "desk", "file", status=1).stderr
    assert "Activated." in run("activate", "--internet").stdout


def test_rule_8_whoever_looks_is_advised_to_activate_before_relying_on_it(run: Run) -> None:
    assert "Activate it before you rely on it." in run("status").stdout


def test_rule_10_the_installation_id_is_shown_in_blocks_and_stays_the_same(run: Run, read: Any) -> None:
    run("product-key", product_key(1).shown)
    said = read("installation-id")
    assert installation_id.parse(said["installation_id"]).blocks == tuple(said["blocks"])
    assert read("installation-id") == said
    assert f"  7  {said['blocks'][6][:3]} {said['blocks'][6][3:]}" in run("installation-id").stdout


def test_rule_11_every_bit_that_the_id_discloses_is_explained(run: Run, read: Any) -> None:
    run("product-key", product_key(1).shown)
    fields = read("explain")
    assert sum(each["bits"] for each in fields) == 139
    shown = read("installation-id")["installation_id"]
    assert fields == read("explain", "-", typed=shown)
    expected = [vars(each) for each in disclosed(installation_id.parse(shown), PRODUCT.name)]
    assert fields == expected
    assert "no other personal data" in run("explain").stdout


def test_rule_13_the_internet_method_puts_the_answer_in_by_itself(run: Run, read: Any) -> None:
    run("product-key", product_key(1).shown)
    said = read("activate", "--internet")
    assert (said["activated"], said["method"]) == (True, "internet")


def test_rule_14_there_is_a_command_that_leads_through_the_activation(run: Run) -> None:
    assert "Activate your server" in run("guide", "activate").stdout


@pytest.mark.parametrize("typed", ["", "-"])
def test_rule_15_by_telephone_the_number_is_shown_and_the_answer_typed(run: Run, read: Any, typed: str) -> None:
    run("product-key", typed=product_key(1).shown)
    assert "United States: 1 (800) 555-0199 (free)" in run("installation-id", "--region", "us").stdout
    heard = confirmed(read("installation-id")["installation_id"])
    given = ["--confirmation-id", typed] if typed else ["--confirmation-id"]
    said = read("activate", *given, typed=heard)
    assert (said["activated"], said["method"]) == (True, "telephone")


def test_rule_17_after_a_significant_change_of_the_hardware_it_is_activated_again(licensed: Run, read: Any) -> None:
    licensed("change-part", "disk", within="machine")
    assert read("status")["state"] == "activated"
    change_hardware(licensed)
    assert read("status")["state"] == "reactivation_needed"
    assert "Refusal: activate_first" in licensed("add", license_code(9).shown, status=1).stderr
    refused = licensed("activate", "--internet", status=1).stderr
    assert "Refusal: reactivate_by_telephone" in refused
    assert refused.count("telephone") == 2  # in the next step, and in the code
    by_telephone(licensed, read)
    assert read("status")["state"] == "activated"


def by_telephone(run: Run, read: Any) -> None:
    shown = read("installation-id")["installation_id"]
    run("activate", "--confirmation-id", typed=confirmed(shown))


def test_a_clock_that_was_set_back_is_warned_of(activated: Run, read: Any, bench: Bench) -> None:
    assert read("status")["warnings"] == []
    bench.time -= timedelta(days=3)
    assert "clock" in read("status")["warnings"][0]
    assert "Warning: The clock" in activated("status").stdout


def test_a_wrong_way_to_activate_is_told_the_two_right_ones(run: Run) -> None:
    assert "Choose one: --internet" in words(run("activate", status=2))
    assert "Choose one: --internet" in words(run("activate", "--internet", "--confirmation-id", "1", status=2))


def test_a_mistyped_product_key_is_told_group_by_group(run: Run) -> None:
    wrong = product_key(1).shown[:-1] + ("0" if product_key(1).shown[-1] != "0" else "1")
    assert "group 5" in run("product-key", wrong, status=2).stderr


def test_nothing_typed_is_no_product_key(run: Run) -> None:
    assert "Give the product key" in run("product-key", status=2).stderr


# Licences


def test_rule_19_five_licenses_are_there_from_the_start_and_stand_in_no_table(activated: Run, read: Any) -> None:
    said = read("list")
    assert (said["installed"], said["included"], said["packs"]) == (5, 5, [])


def test_rule_20_the_sixth_connection_is_refused_until_licenses_are_added(activated: Run) -> None:
    for number in range(5):
        activated("connect", "ada", f"desk-{number}", "file")
    assert "Refusal: no_licence_free" in activated("connect", "ada", "desk-6", "file", status=1).stderr
    activated("add", license_code(2).shown, "--internet")
    activated("connect", "ada", "desk-6", "file")


def test_rule_23_a_user_at_two_devices_is_two_connections(activated: Run, read: Any) -> None:
    first, second = read("connect", "ada", "desk", "mail"), read("connect", "ada", "lap", "mail")
    assert first["id"] != second["id"]
    assert read("usage")["in_use"] == 2
    assert read("connect", "Ada", "desk", "mail")["id"] == first["id"]
    activated("logged-on", first["id"])
    assert read("disconnect", first["id"]) == {"closed": 1}
    assert read("disconnect", "--all-of", "lap") == {"closed": 1}
    assert "Refusal: no_such_connection" in activated("disconnect", first["id"], status=1).stderr
    activated("connect", "ada", "desk", "print")
    assert read("disconnect", "--all-by", "print") == {"closed": 1}
    assert "Choose one" in activated("disconnect", first["id"], "--all-by", "print", status=2).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        *(("add", license_code(2).shown), ("add", "--reissue", license_code(2).shown)),
        *(("transfer", license_code(2).shown), ("back-up", "b.json"), ("restore", "b.json")),
    ],
)
def test_rule_27_the_server_is_activated_first(run: Run, arguments: tuple[str, ...]) -> None:
    assert "Refusal: activate_first" in run(*arguments, status=1).stderr


def test_rule_29_several_codes_are_added_in_one_run(activated: Run, read: Any) -> None:
    said = read("add", typed=f"{license_code(2).shown}\n{license_code(3).shown}\n")
    assert (said["operation"], [box["box"] for box in said["boxes"]]) == ("add", [1, 2])
    said = read("accept", "--internet")
    assert (said["installed"], [pack["code"] for pack in said["packs"]]) == (
        15,
        [license_code(2).masked, license_code(3).masked],
    )
    assert read("ids") == {"operation": None, "boxes": []}


def test_rule_30_lost_licenses_are_installed_again_on_the_same_computer(licensed: Run, read: Any, bench: Bench) -> None:
    bench.licences.unlink()
    assert read("list")["installed"] == 5
    assert read("add", "--reissue", "--internet", license_code(2).shown)["installed"] == 10
    assert "again" in read("history")[0]["what"]


def test_rule_31_a_reissue_after_a_change_of_the_hardware_is_told_to_transfer(licensed: Run, read: Any) -> None:
    change_hardware(licensed)
    by_telephone(licensed, read)
    assert read("list")["elsewhere"] == [license_code(2).masked, license_code(3).masked]
    assert "by telephone" in words(licensed("list"))
    assert "Refusal: transfer_needed" in licensed("add", "--reissue", license_code(2).shown, status=1).stderr


def test_rule_32_a_transfer_is_done_by_telephone_only(activated: Run, read: Any, bench: Bench) -> None:
    said = read("transfer", license_code(2).shown, "--region", "US")
    asked_before = len(bench.asked)
    refusal = json.loads(activated("accept", "--internet", "--json", status=1).stdout)
    assert refusal["code"] == "transfer_by_telephone"
    assert len(bench.asked) == asked_before
    heard = confirmed(said["boxes"][0]["installation_id"])
    assert read("accept", "1", heard)["installed"] == 10


def test_rule_33_several_licenses_are_transferred_with_an_id_each(activated: Run) -> None:
    shown = activated("transfer", license_code(2).shown, license_code(3).shown).stdout
    assert shown.count("Installation ID") == 2


def test_rule_34_a_code_of_an_earlier_version_is_told_so(activated: Run) -> None:
    earlier = codes.issue(Kind.LICENSE_CODE, PRODUCT.upgrades_from[0], 5, ISSUING_KEY)
    assert "Refusal: earlier_version" in activated("add", earlier.shown, status=1).stderr


def test_rule_37_a_wrong_code_is_taken_off_the_list_and_the_right_ones_stay(activated: Run, read: Any) -> None:
    refused = activated("add", license_code(2).shown, product_key(7).shown, license_code(3).shown, status=1)
    assert "License code 2 of 3; those before it are in the list:" in refused.stderr
    activated("add", license_code(3).shown)
    assert [box["code"] for box in read("remove", "1")["boxes"]] == [license_code(3).masked]
    assert "Refusal: no_such_box" in activated("remove", "9", status=1).stderr
    assert read("end")["boxes"] == []


def test_another_operation_says_which_list_it_leaves(activated: Run) -> None:
    assert activated("transfer", license_code(2).shown).stderr == ""
    assert "Left: Licenses to transfer" in activated("add", license_code(3).shown).stderr
    assert activated("add", license_code(4).shown).stderr == ""


def test_rule_38_each_answer_is_taken_in_its_own_box_only(activated: Run, read: Any) -> None:
    first, second = read("add", license_code(2).shown, license_code(3).shown)["boxes"]
    refused = activated("accept", "1", confirmed(second["installation_id"]), status=1)
    assert "It belongs to box 2." in refused.stderr
    assert [box["answered"] for box in read("accept", "2", confirmed(second["installation_id"]))["boxes"]] == [
        False,
        True,
    ]
    assert read("accept", "1", confirmed(first["installation_id"]))["installed"] == 15


def test_rule_39_a_mistyped_confirmation_id_is_told_block_by_block(activated: Run, read: Any) -> None:
    (box,) = read("add", license_code(2).shown)["boxes"]
    heard = confirmed(box["installation_id"])
    wrong = heard[:-1] + str((int(heard[-1]) + 1) % 10)
    assert "block 13" in activated("accept", "1", wrong, status=2).stderr


def test_rule_40_number_and_ids_can_be_printed(activated: Run, read: Any) -> None:
    (box,) = read("add", license_code(2).shown)["boxes"]
    for command in ("ids", "print"):
        printed = activated(command, "--region", "DE").stdout
        assert "Germany: " in printed
        assert all(f"{block[:3]} {block[3:]}" in printed for block in box["blocks"])
        assert all(len(line) <= 80 for line in printed.splitlines())


@pytest.mark.parametrize(
    ("fails", "refuses", "code", "cause"),
    [
        (httpx.ReadError("cut"), "", "internet_interrupted", "interrupted"),
        (httpx.ConnectError("nobody there"), "", "clearinghouse_unreachable", "unreachable"),
        (None, "transfer_needed", "transfer_needed", "hardware_changed"),
        (None, "not_genuine", "not_genuine", "code_not_verified"),
    ],
)
def test_rule_42_the_four_causes_are_told_apart_with_what_to_do(
    activated: Run, bench: Bench, fails: Any, refuses: str, code: str, cause: str
) -> None:
    bench.fails, bench.refuses = fails, refuses
    activated("add", license_code(2).shown)
    said = json.loads(activated("accept", "--internet", "--json", status=1).stdout)
    assert (said["code"], said["cause"]) == (code, cause)
    ladder = activated("accept", "--internet", status=1).stderr
    assert f"{len(said['remedies'])}. Ask product support." in ladder


def test_rule_42_the_same_command_again_goes_on_where_the_internet_broke(
    activated: Run, read: Any, bench: Bench
) -> None:
    bench.fails = httpx.ReadError("cut")
    activated("add", license_code(2).shown, "--internet", status=1)
    bench.fails = None
    assert read("add", license_code(2).shown, "--internet")["installed"] == 10


# Back up, restore, and what there is


def test_rule_43_a_backup_holds_the_licenses_and_stays_where_it_was_put(
    licensed: Run, read: Any, tmp_path: Path
) -> None:
    file = tmp_path / "backup.json"
    assert read("back-up", str(file)) == {"file": str(file), "packs": 2}
    assert "Refusal: file_exists" in licensed("back-up", str(file), status=1).stderr
    licensed("back-up", str(file), "--replace")


def test_rule_44_licenses_are_restored_on_the_same_computer_only(
    licensed: Run, read: Any, bench: Bench, tmp_path: Path
) -> None:
    file = str(tmp_path / "backup.json")
    licensed("back-up", file)
    bench.licences.unlink()
    said = read("restore", file)
    assert (len(said["restored"]), said["left_out"], said["unchecked"]) == (2, [], [])
    assert read("list")["installed"] == 15
    other = ("--home", str(tmp_path / "other"))
    licensed(*other, "product-key", product_key(8).shown)
    licensed(*other, "activate", "--internet")
    refused = licensed(*other, "restore", file, status=1)
    assert "Refusal: other_computer" in refused.stderr
    assert "Transfer them by telephone" in refused.stderr


def test_rule_45_without_a_backup_the_way_to_a_reissue_is_told(activated: Run, tmp_path: Path) -> None:
    refused = activated("restore", str(tmp_path / "none.json"), status=1)
    assert "Refusal: no_such_file" in refused.stderr
    assert "as a reissue" in words(refused)


def test_rule_48_the_taskpad_shows_numbers_and_masked_codes(licensed: Run, read: Any) -> None:
    said = read("list")
    assert said["product_id"] == "0007-0000000001"
    assert [pack["words"] for pack in said["packs"]] == ["5 device licenses", "5 device licenses"]
    shown = licensed("list").stdout
    assert "15, 5 of them included" in shown
    assert license_code(2).masked in shown
    assert license_code(2).shown not in shown


def test_rule_49_maximum_usage_is_what_a_poll_saw_and_tells_its_time(activated: Run, read: Any, bench: Bench) -> None:
    activated("connect", "ada", "desk", "file")
    bench.time += timedelta(hours=1)
    said = read("usage")
    assert said["polled"]["maximum"] == {"in_use": 1, "at": (NOW + timedelta(hours=1)).isoformat()}
    assert "seen by the poll of 2026-03-01 13:00 UTC" in activated("list").stdout


def test_rule_50_the_license_information_is_a_text_to_print(licensed: Run) -> None:
    printed = licensed("print", "--region", "US").stdout
    for line in ("LICENSE INFORMATION", "Activated.", license_code(3).masked, "United States: "):
        assert line in printed


def test_rule_51_the_history_tells_who_did_what_and_when(licensed: Run, read: Any, tmp_path: Path) -> None:
    licensed("back-up", str(tmp_path / "b"), "--as", "grace")
    who_and_what = [(entry["who"], entry["what"]) for entry in read("history")]
    assert who_and_what[0] == ("grace", "Backed up the licenses; license codes: 2.")
    assert ("ada", f"Added the licenses of {license_code(2).masked}.") in who_and_what


def test_licenses_that_were_given_up_come_back_with_no_backup(licensed: Run, read: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "b.json")
    licensed("back-up", file)
    assert "Aborted" in licensed("give-up", license_code(2).shown, status=1, typed="n\n").stderr
    assert read("give-up", license_code(2).shown, "--yes")["installed"] == 10
    assert read("restore", file)["left_out"][0]["code"] == "given_up"


@pytest.mark.parametrize("role", ["user", "delegated"])
@pytest.mark.parametrize(
    "arguments",
    [
        *(("add", license_code(4).shown), ("transfer", license_code(4).shown), ("ids",), ("end",)),
        *(("back-up", "b.json"), ("restore", "b.json"), ("give-up", license_code(2).shown, "--yes")),
        *(("people", "admit", "eve", "user"), ("people", "remove", "eve")),
    ],
)
def test_rule_52_only_administrators_change_licenses(licensed: Run, role: str, arguments: tuple[str, ...]) -> None:
    assert "Refusal: not_allowed" in licensed("--as", f"eve:{role}", *arguments, status=1).stderr


def test_rule_52_everybody_may_activate(run: Run) -> None:
    run("--as", "eve:user", "product-key", product_key(1).shown)
    assert "Activated." in run("--as", "eve:user", "activate", "--internet").stdout


# Licensing mode


def test_rule_58_the_mode_changes_once_and_in_one_direction(licensed: Run, read: Any) -> None:
    assert "per server" in licensed("mode", "show").stdout
    assert "Aborted" in licensed("mode", "change", status=1, typed="n\n").stderr
    assert read("mode", "show")["mode"] == "per_server"
    said = read("mode", "change", "--yes")
    assert (said["mode"], said["history"][0]["who"]) == ("per_device_or_user", "ada")
    assert "Refusal: mode_is_final" in licensed("mode", "change", "--yes", status=1).stderr
    assert "Refusal: mode_never_goes_back" in licensed("mode", "change", "--to", "per_server", "--yes", status=1).stderr


def test_rule_59_and_60_the_pool_is_added_by_hand_and_counts_once(licensed: Run, read: Any) -> None:
    assert "Refusal: mode_is_per_server" in licensed("pool", "add", status=1).stderr
    licensed("mode", "change", "--yes")
    assert read("pool", "show")["licences"] == 0
    assert read("pool", "add")["licences"] == 15
    assert read("pool", "add")["licences"] == 15
    key = read("pool", "show")["contributions"][0]["key"]
    assert read("pool", "remove", key)["licences"] == 10


def test_rule_56_a_device_is_licensed_once_and_uses_every_server_of_the_site(
    licensed: Run, read: Any, tmp_path: Path
) -> None:
    licensed("mode", "change", "--yes")
    licensed("pool", "add")
    licensed("connect", "ada", "desk", "file")
    second = ("--home", str(tmp_path / "pier"), "--site", str(tmp_path / "site"))
    licensed(*second, "mode", "change", "--yes")
    licensed(*second, "connect", "ada", "desk", "print")
    assert [each["name"] for each in read("groups", "show")["licensed"]] == ["desk"]
    assert read("groups", "set", "night", "2", "bob", "eve")["groups"][0]["members"] == ["bob", "eve"]
    assert read("groups", "remove", "night")["groups"] == []
    assert read("release", "device", "desk")["licensed"] == []
    assert "Refusal: not_licensed" in licensed("release", "user", "zoe", status=1).stderr


def test_rule_61_the_delegated_may_change_the_mode_and_users_may_not(licensed: Run) -> None:
    assert "Refusal: not_allowed" in licensed("mode", "change", "--yes", "--as", "eve:user", status=1).stderr
    licensed("mode", "change", "--yes", "--as", "bob:delegated")


@pytest.fixture
def pier(bench: Bench, homes: Path) -> Iterator[str]:
    """The address of another server of the site, which answers over the network."""
    home = bench.folder / "pier"
    shutil.copytree(homes / "activated", home)
    computer = bench.workplace().open(Where(home=home))
    computer.server.components = hardware(bench.home.name)  # what it was activated on
    server = Flask("pier")
    server.register_blueprint(
        api.api(
            people=computer.people,
            usage=computer.usage,
            mode=computer.mode,
            site=computer.site,
            add_to_pool=computer.add_to_pool,
            now=lambda: bench.time,
        )
    )
    with make_server("127.0.0.1", 0, server) as listening:
        thread = Thread(target=listening.serve_forever, args=[0.02])
        thread.start()
        yield f"http://127.0.0.1:{listening.port}"
        listening.shutdown()
        thread.join()


def test_rule_62_the_mode_is_changed_on_another_server_with_the_token_of_its_administrator(
    run: Run, read: Any, bench: Bench, pier: str, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(run("--home", str(bench.folder / "pier"), "people", "admit", "bob", "delegated").stdout)
    there = ("--server", pier, "--token-file", str(token))
    assert read("mode", "show", *there)["mode"] == "per_server"
    said = read("mode", "change", "--yes", *there)
    assert (said["mode"], said["history"][0]["who"]) == ("per_device_or_user", "bob")
    assert "Refusal: mode_is_final" in run("mode", "change", "--yes", *there, status=1).stderr
    assert read("pool", "add", *there)["licences"] == read("pool", "show", *there)["licences"] == 5
    assert read("usage", *there)["mode"] == "per_device_or_user"
    assert not bench.home.exists()


def test_rule_62_without_a_token_that_is_known_there_nothing_is_answered(run: Run, pier: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("somebody else's token, drawn at random")
    refused = run("mode", "show", "--server", pier, "--token-file", str(tmp_path / "token"), status=1)
    assert "Refusal: unknown_token" in refused.stderr
    assert "belong together" in run("mode", "show", "--server", pier, status=2).stderr


def test_rule_62_a_server_that_does_not_answer_is_said_in_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a token")
    said = run("usage", "--server", "http://127.0.0.1:1", "--token-file", str(tmp_path / "token"), status=1).stderr
    assert "cannot be reached" in said
    assert said.count("\n") == 1


def test_a_token_is_shown_once(run: Run, read: Any, bench: Bench) -> None:
    assert run("people", "admit", "Bob", "delegated").stdout == "t" * 43 + "\n"
    assert "t" * 43 not in (bench.home / "roles.json").read_text()
    assert read("people", "list") == [{"name": "bob", "role": "delegated"}]
    assert read("people", "remove", "bob") == []


def test_a_role_that_there_is_not_is_told(run: Run) -> None:
    assert "administrator, delegated, user" in words(run("--as", "eve:queen", "ids", status=2))


def test_options_of_the_computer_stand_before_or_after_the_command(run: Run, read: Any, tmp_path: Path) -> None:
    away = str(tmp_path / "away")
    assert read("--home", away, "status")["computer"] == read("status", "--home", away)["computer"] == "away"
    assert read("--home", str(tmp_path / "never"), "mode", "show", "--home", away)["mode"] == "per_server"
    assert not (tmp_path / "never").exists()


# Files that are not what was written


def edited(path: Path) -> None:
    path.write_text(path.read_text().replace("0", "1", 1))


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def swapped(path: Path) -> None:
    path.write_bytes((path.parent / "activation.json").read_bytes())


@pytest.mark.parametrize("harm", [edited, truncated, swapped])
def test_a_harmed_store_is_refused_in_a_sentence_and_restored_from_the_backup(
    licensed: Run, read: Any, bench: Bench, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    file = str(tmp_path / "backup.json")
    licensed("back-up", file)
    harm(bench.licences)
    for command in (("list",), ("ids",), ("history",), ("add", license_code(9).shown)):
        said = licensed(*command, status=1).stderr
        assert said.startswith("Error: The file of the licences ")
        assert said.count("\n") == 1
    assert "The file of the" in read("status")["warnings"][0]
    licensed("restore", file)
    assert read("list")["installed"] == 15


def test_the_store_of_another_computer_holds_nothing_that_is_in_force_here(
    licensed: Run, read: Any, bench: Bench, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    licensed("--home", str(other), "product-key", product_key(8).shown)
    licensed("--home", str(other), "activate", "--internet")
    (other / f"product-{PRODUCT.number}" / "licences.json").write_bytes(bench.licences.read_bytes())
    said = read("--home", str(other), "list")
    assert (said["installed"], len(said["elsewhere"])) == (5, 2)


def test_a_harmed_activation_stops_in_one_sentence(activated: Run, bench: Bench) -> None:
    truncated(bench.home / f"product-{PRODUCT.number}" / "activation.json")
    said = activated("status", status=1).stderr
    assert said.startswith("Error: The file of the activation ")
    assert said.count("\n") == 1


# The hardware of a simulated computer


def test_the_parts_of_the_hardware_are_shown_and_never_their_values(run: Run, read: Any, bench: Bench) -> None:
    shown = read("show", within="machine")
    assert [each["part"] for each in shown["parts"]] == list(hardware("quay"))
    assert "the quay disk" not in run("show", within="machine").stdout


def test_a_part_is_changed_taken_out_and_put_back(activated: Run, read: Any) -> None:
    changed = read("change-part", "disk", within="machine")
    assert [each["part"] for each in changed["parts"] if each["changed"]] == ["disk"]
    out = read("change-part", "network", "--take-out", within="machine")
    assert [each["part"] for each in out["parts"] if not each["present"]] == ["network"]
    assert not any(each["changed"] for each in read("reset", within="machine")["parts"])


def test_a_part_that_there_is_not_is_told(run: Run) -> None:
    assert "product_uuid" in run("change-part", "wheel", status=2, within="machine").stderr


# The guided mode


def test_rule_47_the_guide_names_the_four_wizards_and_the_two_tasks_to_do(run: Run) -> None:
    shown = words(run("guide", typed="q\n"))
    for name in ("Add License Wizard", "Transfer License Wizard", "Back Up License Wizard", "Restore License Wizard"):
        assert name in shown
    assert "To do: Activate Your Server To do: Add License Wizard" in shown


def blocks_of(digits: str) -> list[str]:
    return [digits[start : start + 7] for start in range(0, len(digits), 7)]


def test_rule_15_a_person_is_guided_through_an_activation_by_telephone(run: Run, read: Any) -> None:
    run("product-key", product_key(1).shown)
    heard = blocks_of(confirmed(read("installation-id")["installation_id"]))
    answers = ["", "", "2", "nowhere", "us", "1234567", *heard, "2", "Ada", "", "", ""]
    shown = run("guide", "activate", typed="\n".join(answers) + "\n").stdout
    assert "This block does not fit." in shown
    assert shown.count(f"Confirmation ID, {BLOCK_NAMES[0]}") == 2
    assert "Unknown region" in shown
    assert "Your server is activated" in shown
    assert read("status")["method"] == "telephone"
    assert read("register", "show")["name"] == "Ada"


def test_rule_36_the_guide_proposes_the_internet_first(run: Run, read: Any) -> None:
    shown = run("guide", "activate", typed=f"\n{product_key(1).shown}\n\n\n").stdout
    assert shown.index("By Internet") < shown.index("By telephone")
    assert read("status")["method"] == "internet"


def test_rule_42_in_the_guide_the_telephone_is_a_way_out_of_a_broken_internet(
    activated: Run, read: Any, bench: Bench
) -> None:
    bench.fails = httpx.ReadError("cut")
    activated("add", license_code(2).shown)
    heard = confirmed(read("ids")["boxes"][0]["installation_id"])
    answers = ["", "1", "1", "", "1", "2", "us", heard]
    shown = activated("guide", "add", typed="\n".join(answers) + "\n").stdout
    assert shown.count("The connection to the Internet was interrupted.") == 2
    assert read("list")["installed"] == 10
    assert read("ids")["boxes"] == []


def test_rule_37_in_the_guide_codes_are_listed_deleted_and_typed_again(activated: Run, read: Any) -> None:
    answers = ["", "1", "1", "AAAAA", license_code(2).shown, license_code(3).shown, "d 1", "", ""]
    shown = activated("guide", "add", typed="\n".join(answers) + "\n").stdout
    assert "This code cannot be read" in shown
    assert [pack["code"] for pack in read("list")["packs"]] == [license_code(3).masked]


def test_rule_32_the_transfer_wizard_never_asks_for_the_internet(activated: Run, read: Any) -> None:
    shown = activated("guide", "transfer", typed=f"\n{license_code(2).shown}\n\nUS\nq\n").stdout
    assert "By Internet" not in shown
    assert "Left. What was confirmed stays." in shown
    assert read("ids")["operation"] == "transfer"


def test_a_person_is_guided_through_back_up_and_restore(licensed: Run, read: Any, bench: Bench, tmp_path: Path) -> None:
    file = str(tmp_path / "b.json")
    licensed("guide", "back_up", typed=f"\n{file}\n")
    licensed("guide", "back_up", typed=f"\n{file}\n2\n")
    truncated(bench.licences)
    shown = licensed("guide", "restore", typed=f"\n{tmp_path}/none\n{file}\n").stdout
    assert "There is no such file." in shown
    assert read("list")["installed"] == 15


@pytest.mark.parametrize("so_far", range(6))
@pytest.mark.parametrize("end", ["q\nq\n", "", "b\n" * 9])
def test_the_guide_can_be_left_at_any_question(run: Run, so_far: int, end: str) -> None:
    answers = ["1", "", product_key(1).shown, "2", "us", "1234567"]
    run("guide", typed="".join(f"{each}\n" for each in answers[:so_far]) + end)


def test_in_the_guide_b_goes_back_a_page(run: Run) -> None:
    shown = run("guide", "activate", typed=f"\n{product_key(1).shown}\nb\nq\n").stdout
    assert shown.count("Start with the product key") == 2


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("agreement", "A license for the operating system of a client gives\nno such right."),
        ("privacy", "Activation needs nothing personal"),
        ("purchase", "- 20 device licenses\n"),
    ],
)
def test_rule_50_the_vendors_texts_are_read_in_a_terminal(run: Run, document: str, said: str) -> None:
    words = run("read", document).stdout

    assert said in words
    assert max(map(len, words.splitlines())) <= 80
    assert "<" not in words


def test_a_role_that_is_none_is_refused_before_anything_is_done(run: Run) -> None:
    assert "administrator, delegated, user" in run("--as", "bob:boss", "list", status=2).stderr


def test_what_comes_in_and_is_no_json_is_said_so(licensed: Run) -> None:
    assert "What came in is no JSON" in licensed("accept", "1", typed="{bad", status=2).stderr


def test_the_product_key_of_an_activated_server_is_replaced_only_where_that_is_said(licensed: Run) -> None:
    another = product_key(77).shown

    assert "Refusal: key_in_force" in licensed("product-key", another, status=1).stderr
    assert "Not activated yet" in licensed("product-key", another, "--replace").stdout
