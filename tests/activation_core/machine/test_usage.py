"""Connections in files: one server alone, several of a site, several processes at once."""

import json
import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activation_core import licensing_mode
from activation_core.connections import Connection, Poll
from activation_core.machine.kept_file import Damaged
from activation_core.machine.licensing_mode import KeptMode
from activation_core.machine.site import KeptSite
from activation_core.machine.usage import KeptUsage
from activation_core.refusals import Refusal
from activation_core.roles import Actor

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KIM, USER = Actor("Kim", "administrator"), Actor("Ulf", "user")
DAYS = 90


class OneServer:
    """One server of the site in this folder, as a program finds it when it starts."""

    def __init__(self, folder: Path, name: str = "harbor", product: int = 1, licences: int = 5) -> None:
        self.name, self.licences = name, licences
        self.mode, self.site = KeptMode(folder / name, product), KeptSite(folder / "site", product)
        self.stopped: Refusal | None = None
        self.usage = KeptUsage(
            folder / name,
            product,
            self.mode,
            self.site,
            licences=lambda: self.licences,
            temporary_days=DAYS,
            stopped=lambda now: self.stopped,
        )

    def convert(self) -> None:
        assert self.mode.change("per_device_or_user", KIM, NOW) is None
        assert self.add_to_pool() is None

    def add_to_pool(self, actor: Actor = KIM) -> Refusal | None:
        brought = [licensing_mode.included(self.name, self.licences), licensing_mode.pack(1, 77, 5, "user", self.name)]
        return self.site.add(self.mode.mode, brought, actor, NOW)

    def connect(self, user: str, device: str, now: datetime = NOW, administrator: bool = False) -> Connection | Refusal:
        return self.usage.connect(user, device, "file", now, administrator)

    def connected(self, user: str, device: str, now: datetime = NOW) -> str:
        made = self.connect(user, device, now)
        assert isinstance(made, Connection)
        return made.id


@pytest.fixture
def server(tmp_path: Path) -> OneServer:
    return OneServer(tmp_path)


# Per server


def test_rule_23_two_workstations_are_two_connections_after_a_restart_too(server: OneServer, tmp_path: Path) -> None:
    server.connected("ada", "desk-1")
    OneServer(tmp_path).connected("ada", "desk-2")

    assert len(server.usage.report(NOW).live) == 2


def test_rule_19_the_sixth_connection_is_refused(server: OneServer) -> None:
    ids = [server.connected("ada", f"desk-{n}") for n in range(5)]
    assert server.connect("ada", "desk-5") == Refusal("no_licence_free", {"licences": 5, "in_use": 5})

    assert server.usage.disconnect(ids[0], NOW) is None
    assert isinstance(server.connect("ada", "desk-5"), Connection)


def test_rule_20_licences_that_were_added_are_used_at_once(server: OneServer) -> None:
    server.licences = 0
    assert isinstance(server.connect("ada", "desk-1"), Refusal)

    server.licences = 20
    assert isinstance(server.connect("ada", "desk-1"), Connection)


def test_connecting_again_gives_the_same_connection_as_it_stands(server: OneServer) -> None:
    first = server.connected("ada", "desk")
    assert server.usage.logon(first, NOW) is None

    again = server.connect("Ada", "DESK", NOW + timedelta(hours=1))
    assert isinstance(again, Connection)
    assert (again.id, again.since, again.logged_on) == (first, NOW, True)


def test_an_administrator_is_let_in_where_all_are_in_use(server: OneServer) -> None:
    server.licences = 0

    assert isinstance(server.connect("root", "console", administrator=True), Connection)
    assert server.usage.report(NOW).in_use == 1


def test_rule_7_a_server_that_is_stopped_serves_nobody(server: OneServer) -> None:
    server.stopped = Refusal("no_product_key")

    assert server.connect("root", "console", administrator=True) == Refusal("no_product_key")
    assert server.usage.report(NOW).live == ()


def test_a_connection_that_is_not_there_is_refused_by_name(server: OneServer) -> None:
    nobody = Refusal("no_such_connection", {"id": "0123"})

    assert server.usage.logon("0123", NOW) == server.usage.disconnect("0123", NOW) == nobody


def test_what_a_device_left_behind_that_broke_down_is_closed(server: OneServer) -> None:
    server.connected("ada", "desk")
    server.connected("bea", "desk")
    server.connected("bea", "lab")

    assert server.usage.disconnect_all_of("Desk", NOW) == 2
    assert server.usage.disconnect_all_of("desk", NOW) == 0
    assert [live.device for live in server.usage.report(NOW).live] == ["lab"]


def test_rule_49_maximum_usage_is_polled_and_says_when(server: OneServer) -> None:
    assert server.usage.report(NOW).maximum == Poll(0, NOW)
    for minute, device in enumerate("abc"):
        server.connected("ada", device, NOW + timedelta(minutes=minute))
    server.usage.disconnect_all_of("c", NOW + timedelta(minutes=14))  # gone before the poll could see it

    report = server.usage.report(NOW + timedelta(minutes=20))
    assert report.maximum == report.last == Poll(2, NOW + timedelta(minutes=15))
    assert server.usage.report(NOW + timedelta(minutes=14)).in_use == 2


# Per device or per user


def test_rule_56_who_is_licensed_uses_any_server_of_the_site(tmp_path: Path) -> None:
    harbor, quay = OneServer(tmp_path, "harbor"), OneServer(tmp_path, "quay")
    harbor.convert()
    assert quay.mode.change("per_device_or_user", KIM, NOW) is None

    harbor.connected("ada", "desk")
    quay.connected("ada", "desk")
    assert (harbor.usage.report(NOW).in_use, quay.usage.report(NOW).in_use) == (1, 1)
    assert quay.usage.report(NOW).licences == 10


def test_a_licence_becomes_permanent_with_the_logon_at_any_server(tmp_path: Path) -> None:
    harbor, quay = OneServer(tmp_path, "harbor"), OneServer(tmp_path, "quay")
    harbor.convert()
    quay.convert()
    over = NOW + timedelta(days=DAYS)
    harbor.connected("ada", "desk")
    assert quay.usage.logon(quay.connected("ada", "desk"), NOW) is None
    harbor.connected("bea", "lab")

    assert isinstance(harbor.connect("ada", "desk", over), Connection)
    assert harbor.connect("bea", "lab", over) != Refusal("temporary_licence_over")  # as a device, after as a user
    assert harbor.connect("bea", "lab", over + timedelta(days=DAYS)) == Refusal("temporary_licence_over")


def test_before_anything_was_added_to_the_pool_only_an_administrator_is_let_in(server: OneServer) -> None:
    assert server.mode.change("per_device_or_user", KIM, NOW) is None

    assert server.connect("ada", "desk") == Refusal("no_licence_free", {"licences": 0, "in_use": 0})
    assert isinstance(server.connect("root", "desk", administrator=True), Connection)


def test_who_was_connected_before_the_change_is_licensed_at_the_logon(server: OneServer) -> None:
    connection = server.connected("ada", "desk")
    server.convert()

    assert server.usage.logon(connection, NOW) is None
    assert [(holder.name, holder.until) for holder in server.site.site.holders] == [("ada", None)]


def test_groups_and_releases_are_kept_and_are_not_for_users(server: OneServer) -> None:
    server.convert()
    server.connected("dora", "lab")

    assert server.site.set_group("night shift", 2, ["ada"], KIM, NOW) is None
    assert server.site.release("user", "Dora", KIM) is None
    assert server.site.site.holders == ()
    assert server.site.remove_group("night shift", KIM) is None
    for refusal in (
        server.site.set_group("night shift", 2, ["ada"], USER, NOW),
        server.site.remove_group("night shift", USER),
        server.site.release("user", "dora", USER),
    ):
        assert refusal
        assert refusal.code == "not_allowed"


# Mode and pool, in the store


def test_rule_58_the_store_refuses_a_second_and_a_reverse_change_after_a_restart_too(tmp_path: Path) -> None:
    OneServer(tmp_path).convert()
    restarted = OneServer(tmp_path)

    assert restarted.mode.change("per_device_or_user", KIM, NOW) == Refusal("mode_is_final")
    assert restarted.mode.change("per_server", KIM, NOW) == Refusal("mode_never_goes_back")
    assert [(entry.at, entry.who) for entry in restarted.mode.mode.history] == [(NOW, "Kim")]


def test_rule_55_each_product_of_a_server_has_its_own_mode_and_pool(tmp_path: Path) -> None:
    one, other = OneServer(tmp_path, product=1), OneServer(tmp_path, product=2)
    one.convert()

    assert (one.mode.mode.mode, other.mode.mode.mode) == ("per_device_or_user", "per_server")
    assert (one.site.site.pool.licences, other.site.site.pool.licences) == (10, 0)
    other.connected("ada", "desk")
    assert one.usage.report(NOW).live == ()
    other.convert()
    assert (one.mode.mode.mode, one.site.site.pool.licences) == ("per_device_or_user", 10)
    one.connected("ada", "desk")
    assert len(other.usage.report(NOW).live) == 1


def test_rule_60_the_pool_grows_by_an_act_only_and_after_the_change(server: OneServer) -> None:
    assert server.add_to_pool() == Refusal("mode_is_per_server")
    assert server.mode.change("per_device_or_user", KIM, NOW) is None
    assert server.site.site.pool.licences == 0

    assert server.add_to_pool() is None
    assert server.site.site.pool.licences == 10


def test_rule_61_whoever_is_not_allowed_changes_neither_mode_nor_pool(server: OneServer) -> None:
    refused = server.mode.change("per_device_or_user", USER, NOW)
    assert refused
    assert refused.code == "not_allowed"
    server.convert()
    key = licensing_mode.included("harbor", 5).key
    for refusal in (server.add_to_pool(USER), server.site.remove(key, USER, NOW)):
        assert refusal
        assert refusal.code == "not_allowed"
    assert server.site.site.pool.licences == 10
    assert server.site.remove(key, KIM, NOW) is None
    assert server.site.site.pool.licences == 5


@pytest.mark.parametrize("name", ["harbor/usage.json", "harbor/licensing_mode.json", "site/site.json"])
def test_a_file_that_was_edited_by_hand_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    server = OneServer(tmp_path)
    server.convert()
    server.connected("ada", "desk")
    envelope = json.loads((tmp_path / name).read_text())
    envelope["kept"]["products"] = {}
    (tmp_path / name).write_text(json.dumps(envelope))

    with pytest.raises(Damaged, match=r"changed by something else.*Put a copy"):
        server.connect("ada", "lab")


def test_only_its_owner_reads_who_is_connected(tmp_path: Path) -> None:
    server = OneServer(tmp_path)
    server.convert()
    server.connected("ada", "desk")

    for name in ("harbor/usage.json", "harbor/licensing_mode.json", "site/site.json"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


# Several processes at once

PROCESSES = 4


def at_once(what: Callable[..., None], folder: Path) -> list[Any]:
    """What each of the processes put into its queue."""
    context = multiprocessing.get_context("spawn")
    said, start = context.Queue(), context.Barrier(PROCESSES)
    processes = [context.Process(target=what, args=(folder, number, said, start)) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    answers = [said.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    return answers


def code(answer: object) -> str:
    return answer.code if isinstance(answer, Refusal) else "done"


def _connect_many(folder: Path, number: int, said: Any, start: Any) -> None:
    server = OneServer(folder)
    start.wait()
    said.put([code(server.connect("ada", f"desk-{number}-{n}")) for n in range(3)])


def _connect_and_leave(folder: Path, number: int, said: Any, start: Any) -> None:
    server = OneServer(folder)
    start.wait()
    for n in range(10):
        made = server.connect("ada", f"desk-{number}-{n}")
        assert isinstance(made, Connection)
        assert server.usage.disconnect(made.id, NOW) is None
    said.put("left")


def _change_mode(folder: Path, number: int, said: Any, start: Any) -> None:
    start.wait()
    said.put(code(OneServer(folder).mode.change("per_device_or_user", KIM, NOW)))


def _add_and_license(folder: Path, number: int, said: Any, start: Any) -> None:
    """A server of its own a process, all in one site; the pack is the same one."""
    server = OneServer(folder, f"server-{number}")
    start.wait()
    server.convert()
    said.put([code(server.connect(f"user-{number}-{n}", f"desk-{number}-{n}")) for n in range(8)])


def test_processes_that_connect_at_once_get_no_more_than_there_are(tmp_path: Path) -> None:
    answers = [answer for answers in at_once(_connect_many, tmp_path) for answer in answers]

    assert sorted(answers) == ["done"] * 5 + ["no_licence_free"] * 7
    assert len(OneServer(tmp_path).usage.report(NOW).live) == 5


def test_processes_that_connect_and_leave_at_once_leave_nothing(tmp_path: Path) -> None:
    at_once(_connect_and_leave, tmp_path)

    assert OneServer(tmp_path).usage.report(NOW).live == ()


def test_rule_58_of_processes_that_change_the_mode_at_once_one_does(tmp_path: Path) -> None:
    assert sorted(at_once(_change_mode, tmp_path)) == ["done"] + ["mode_is_final"] * (PROCESSES - 1)
    assert len(OneServer(tmp_path).mode.mode.history) == 1


def test_rule_59_servers_that_add_and_license_at_once_count_everything_once(tmp_path: Path) -> None:
    answers = [answer for answers in at_once(_add_and_license, tmp_path) for answer in answers]

    site = OneServer(tmp_path).site.site
    assert site.pool.licences == 5 * PROCESSES + 5
    assert answers.count("done") == len(site.holders) == 25
    assert set(answers) == {"done", "no_licence_free"}
