"""A desk and the computers of a site through random days: whatever happens, no licence is lost or made up.

The desk, its database, the files and every rule are real. Only the check of a signature is replaced by making
it again, which is the same because it is unique, and seventy times as fast. A power cut may come at any write.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from licensed_computers import ADA, ISSUING_KEY, NOW, PRODUCT, SECRET, hardware

from activation_core import codes, short_signature
from activation_core.clearinghouse.desk import Confirmation, Desk
from activation_core.clearinghouse.keys import Keys
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.codes import Code
from activation_core.connections import SERVICES
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine.backup import Standing
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.kept_file import Damaged
from activation_core.products import Pack
from activation_core.refusals import Refusal

GENEROUS = replace(PRODUCT, transfers=100, reactivations=100)
COMPUTERS = ("north", "south")
which = st.sampled_from(COMPUTERS)
operations = st.sampled_from([Operation.ADD, Operation.REISSUE])


class PowerCut(BaseException):
    pass


@contextmanager
def power_cut_at(write: int | None) -> Iterator[None]:
    """The computer stops at its write of this number, be it to the disk or the replacing of a file."""
    if write is None:
        yield
        return
    left = itertools.count(write, -1)

    def or_stop(act: Callable[..., object]) -> Callable[..., object]:
        def acting(*arguments: object) -> object:
            if next(left) == 0:
                raise PowerCut
            return act(*arguments)

        return acting

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", or_stop(os.fsync))
        patched.setattr(Path, "replace", or_stop(Path.replace))
        yield


class SiteAtRandom(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder, self.now = Path(tempfile.mkdtemp()), NOW
        self.patched = pytest.MonkeyPatch()
        self.patched.setattr(short_signature, "verify", _verify)
        self.patched.setattr(
            short_signature, "verify_all", lambda signed, tag: all(_verify(key, *one, tag) for key, *one in signed)
        )
        self.records = SqlRecords(SqliteStore(self.folder / "desk.db"))
        self.desk = Desk({PRODUCT.number: GENEROUS}, Keys(ISSUING_KEY, {(PRODUCT.number, 0): SECRET}), self.records)
        self.serials, self.changes = itertools.count(500), itertools.count()
        self.bought: list[Code] = []
        self.licences_bought = 0
        self.hardware = {name: name for name in COMPUTERS}
        self.computers: dict[str, LicensedComputer] = {}
        for name in COMPUTERS:
            self.reopen(name)
            key = self.desk.issue(PRODUCT.number, 1, "standard", lambda _: next(self.serials), NOW)[0]
            assert self.computers[name].server.enter_product_key(key.text, NOW) is None
            self.activate(name, None)
        for pack in GENEROUS.packs[:3]:
            self.buy(pack)

    def teardown(self) -> None:
        if hasattr(self, "records"):
            self.records.store.close()
            self.patched.undo()
            shutil.rmtree(self.folder)

    def reopen(self, name: str) -> None:
        """As after a restart."""
        parts = hardware(self.hardware[name])
        self.computers[name] = LicensedComputer(
            name, self.folder / name, self.folder / "site", GENEROUS, parts, self.now
        )

    def do(self, name: str, act: Callable[[LicensedComputer], object], cut: int | None) -> object:
        """What comes of it on this computer, which starts again after a power cut."""
        try:
            with power_cut_at(cut):
                return act(self.computers[name])
        except PowerCut:
            self.reopen(name)
            return None

    # What the vendor does

    @rule(pack=st.sampled_from(GENEROUS.packs))
    def buy(self, pack: Pack) -> None:
        self.bought += self.desk.issue(PRODUCT.number, 1, pack, lambda _: next(self.serials), self.now)
        self.licences_bought += pack.licences

    # What is done at a computer

    @rule(name=which, cut=st.none() | st.integers(0, 12))
    def activate(self, name: str, cut: int | None) -> None:
        def by_telephone(computer: LicensedComputer) -> None:
            if computer.server.is_activated(self.now):
                return
            asked = computer.server.installation_id(self.now)
            assert isinstance(asked, InstallationId), asked
            answer = self.desk.confirm(asked.digits, "telephone", self.now)
            if isinstance(answer, Refusal):  # confirmed, but changed before the answer was put in: for a person
                assert answer.code == "in_use"
                return
            assert computer.server.accept("".join(answer.blocks), self.now) is None

        self.do(name, by_telephone, cut)

    @precondition(lambda self: self.bought)
    @rule(name=which, data=st.data(), operation=operations, cut=st.none() | st.integers(0, 16))
    def add(self, name: str, data: st.DataObject, operation: Operation, cut: int | None) -> None:
        some = data.draw(st.lists(st.sampled_from(self.bought), min_size=1, max_size=3))
        swapped = data.draw(st.booleans())

        def by_internet(computer: LicensedComputer) -> None:
            store = computer.cals
            for code in some:
                store.add_code(ADA, operation, code.text, self.now)
            if store.ask(ADA, self.now):  # not activated
                return
            answers = [self.desk.confirm(e.installation_id, "internet", self.now) for e in store.licences.entries]
            boxes = list(enumerate(answers, 1))
            if swapped and len(boxes) > 1:
                first, second = answers[:2]
                for number, wrong in ((1, second), (2, first)):
                    if isinstance(wrong, Confirmation):
                        refused = store.accept(ADA, number, "".join(wrong.blocks), self.now)
                        assert refused is not None
                        assert refused.code == "belongs_to_another_box"
            for number, answer in boxes:
                if isinstance(answer, Confirmation):
                    assert store.accept(ADA, number, "".join(answer.blocks), self.now) is None
            store.end_run(ADA, self.now)

        self.do(name, by_internet, cut)

    @precondition(lambda self: self.bought)
    @rule(source=which, destination=which, data=st.data(), cut=st.none() | st.integers(0, 12))
    def transfer(self, source: str, destination: str, data: st.DataObject, cut: int | None) -> None:
        """As the wizard has it: given up where they are, if that computer still works, then by telephone."""
        code = data.draw(st.sampled_from(self.bought))
        if source != destination and code.serial in self.in_force(source):
            self.do(source, lambda computer: computer.cals.give_up(ADA, code.text, self.now), cut)
            if code.serial in self.in_force(source):
                return  # the power was cut, or it is not activated: the wizard goes no further

        def by_telephone(computer: LicensedComputer) -> None:
            if any(code.serial in self.in_force(other) for other in COMPUTERS):
                return
            if computer.cals.add_code(ADA, Operation.TRANSFER, code.text, self.now):
                return
            (entry,) = computer.cals.licences.entries[-1:]
            assert isinstance(self.desk.confirm(entry.installation_id, "internet", self.now), Refusal)
            answer = self.desk.confirm(entry.installation_id, "telephone", self.now)
            if isinstance(answer, Confirmation):
                number = len(computer.cals.licences.entries)
                assert computer.cals.accept(ADA, number, "".join(answer.blocks), self.now) is None
            computer.cals.end_run(ADA, self.now)

        self.do(destination, by_telephone, cut)

    @rule(name=which, cut=st.none() | st.integers(0, 6))
    def change_the_hardware(self, name: str, cut: int | None) -> None:
        self.hardware[name] = f"{name} {next(self.changes)}"
        self.reopen(name)
        self.activate(name, cut)

    @rule(name=which, cut=st.none() | st.integers(0, 8))
    def back_up(self, name: str, cut: int | None) -> None:
        self.do(name, lambda it: it.back_up(ADA, self.folder / f"{name}.backup", self.now, replace=True), cut)

    @rule(name=which, source=which, cut=st.none() | st.integers(0, 8))
    def restore(self, name: str, source: str, cut: int | None) -> None:
        def standing(digits: str) -> Standing:
            told = self.desk.standing(digits)
            return "moved" if isinstance(told, Refusal) else told

        def restored(computer: LicensedComputer) -> None:
            computer.clearinghouse = _Asked(standing)  # type: ignore[assignment]
            computer.restore(ADA, self.folder / f"{source}.backup", self.now)

        self.do(name, restored, cut)

    @rule(name=which, damage=st.sampled_from(["lost", "cut off", "of another computer"]))
    def lose_the_store(self, name: str, damage: str) -> None:
        path = self.folder / name / f"product-{PRODUCT.number}" / "licences.json"
        if damage == "lost":
            path.unlink(missing_ok=True)
        elif damage == "cut off" and path.exists():
            path.write_bytes(path.read_bytes()[:-9])
            with pytest.raises(Damaged):
                _ = self.computers[name].cals.installed
            path.unlink()
        elif damage == "of another computer":
            (other,) = set(COMPUTERS) - {name}
            theirs = self.folder / other / f"product-{PRODUCT.number}" / "licences.json"
            if theirs.exists():
                path.write_bytes(theirs.read_bytes())
        self.reopen(name)

    @rule(name=which, users=st.integers(1, 12), service=st.sampled_from(SERVICES), boss=st.booleans())
    def connect(self, name: str, users: int, service: str, boss: bool) -> None:
        for user in "abcdefghijkl"[:users]:
            before = {live.id for live in self.computers[name].usage.report(self.now).live}
            connected = self.computers[name].usage.connect(user, f"of {user}", service, self.now, boss)
            if isinstance(connected, Refusal):
                continue
            self.computers[name].usage.logon(connected.id, self.now)
            report = self.computers[name].usage.report(self.now)
            if report.mode == "per_server" and not boss and connected.id not in before:
                assert len(report.live) <= self.computers[name].cals.installed.total

    @rule(data=st.data(), name=which)
    def lose_all_and_get_it_back_after_a_transfer(self, data: st.DataObject, name: str) -> None:
        (other,) = set(COMPUTERS) - {name}
        self.back_up(name, None)
        self.lose_the_store(name, "lost")
        self.transfer(name, other, data, None)
        self.restore(name, name, None)

    @rule(name=which, user=st.sampled_from("abcdefgh"))
    def disconnect(self, name: str, user: str) -> None:
        self.computers[name].usage.disconnect_all_of(f"of {user}", self.now)

    @rule(name=which, cut=st.none() | st.integers(0, 6))
    def share(self, name: str, cut: int | None) -> None:
        """The mode is changed, and what is here added to the pool; twice, which is once."""

        def change(computer: LicensedComputer) -> None:
            if computer.mode.mode.mode == "per_device_or_user":
                assert computer.mode.change("per_server", ADA, self.now) == Refusal("mode_never_goes_back")
            computer.mode.change("per_device_or_user", ADA, self.now)
            for _ in range(2):
                assert computer.add_to_pool(ADA, self.now) in (None, Refusal("activate_first"))

        self.do(name, change, cut)

    @rule(days=st.sampled_from([0.1, 1, 20]))
    def time_passes(self, days: float) -> None:
        self.now += timedelta(days=days)

    # What always holds

    def in_force(self, name: str) -> set[int]:
        return {pack.serial for pack, _ in self.computers[name].cals.installed.packs}

    @invariant()
    def never_is_a_licence_on_two_servers(self) -> None:
        assert not set.intersection(*map(self.in_force, COMPUTERS))

    @invariant()
    def never_is_more_installed_than_bought_and_five(self) -> None:
        installed = [self.computers[name].cals.installed.total - 5 for name in COMPUTERS]
        assert sum(installed) <= self.licences_bought

    @invariant()
    def never_is_more_in_use_than_bought_and_five(self) -> None:
        for name in COMPUTERS:
            live = self.computers[name].usage.report(self.now).live
            if self.computers[name].mode.mode.mode == "per_server":
                assert sum(not each.administrator for each in live) <= self.licences_bought + 5
        pool = self.computers["north"].site.site.pool.licences
        assert pool <= self.licences_bought + 5 * len(COMPUTERS)
        holders = self.computers["north"].site.site.holders
        assert len(holders) <= pool

    @invariant()
    def what_is_installed_was_confirmed_for_this_computer(self) -> None:
        for name in COMPUTERS:
            for pack, _ in self.computers[name].cals.installed.packs:
                given = self.desk.activations_of(codes.parse(pack.code))
                assert pack.installation_id in {one.installation_id for one in given}


class _Asked:
    def __init__(self, standing: Callable[[str], Standing]) -> None:
        self._standing = standing

    def standing(self, asked: InstallationId) -> Standing:
        return self._standing(asked.digits)


def _verify(public_key: bytes, message: bytes, signature: int, tag: bytes) -> bool:
    return public_key == PRODUCT.public_keys[0] and short_signature.sign(SECRET, message, tag) == signature


SiteAtRandom.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes many minutes here
)
TestSiteAtRandom = SiteAtRandom.TestCase
