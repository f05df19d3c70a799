"""A kept file: whole or not at all, one writer at a time, and honest about what was done to it."""

import contextlib
import json
import multiprocessing
import os
import stat
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activation_core.machine import kept_file
from activation_core.machine.kept_file import Damaged, KeptFile
from activation_core.refusals import Refusal


@dataclass(frozen=True)
class Event:
    at: datetime
    what: str


@dataclass(frozen=True)
class Diary:
    count: int = 0
    events: tuple[Event, ...] = ()


AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> KeptFile[Diary]:
    return KeptFile(tmp_path / "home" / "diary.json", Diary, "diary", copies=3)


def count_up(diary: Diary | None) -> Diary:
    diary = diary or Diary()
    return replace(diary, count=diary.count + 1)


def test_nothing_is_kept_at_first(file: KeptFile[Diary]) -> None:
    assert file.read() is None


def test_what_was_kept_is_read_by_the_next_program(file: KeptFile[Diary]) -> None:
    diary = Diary(3, (Event(AT, "größer"), Event(AT, "")))

    assert file.change(lambda _: diary) is None

    assert KeptFile(file.path, Diary, "diary").read() == diary


def test_nothing_is_kept_with_a_refusal(file: KeptFile[Diary]) -> None:
    file.change(count_up)

    assert file.change(lambda _: Refusal("in_use")) == Refusal("in_use")
    assert file.read() == Diary(1)


def test_only_its_owner_may_read_it(file: KeptFile[Diary]) -> None:
    for _ in range(2):
        file.change(count_up)

    assert {stat.S_IMODE(path.stat().st_mode) for path in (file.path, *file.copies())} == {0o600}
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_a_copy_is_made_before_every_change_and_so_many_are_kept(file: KeptFile[Diary]) -> None:
    for _ in range(12):
        file.change(count_up)

    kept = [kept_file.read_from(path, Diary, "diary") for path in file.copies()]
    assert kept == [Diary(9), Diary(10), Diary(11)]


def test_a_change_that_changes_nothing_writes_nothing(file: KeptFile[Diary]) -> None:
    file.change(count_up)
    written = file.path.stat().st_mtime_ns

    file.change(lambda diary: replace(diary or Diary()))

    assert (file.path.stat().st_mtime_ns, file.copies()) == (written, [])


@pytest.mark.parametrize("step", ["fsync", "replace", "mkstemp", "fdopen"])
def test_a_fault_at_any_write_leaves_the_old_value_and_no_draft(
    file: KeptFile[Diary], step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.change(count_up)

    def fail(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        owner = {"replace": Path, "mkstemp": kept_file.tempfile}.get(step, os)
        patched.setattr(owner, step, fail)
        with pytest.raises(OSError, match="no space"):
            file.change(count_up)

    assert file.read() == Diary(1)
    assert [path.name for path in file.path.parent.glob("diary.json*")] == ["diary.json"]


def test_it_is_on_the_disk_before_it_replaces_the_old_one_and_so_is_its_name_after(
    file: KeptFile[Diary], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, move = os.fsync, Path.replace

    def on_the_disk(descriptor: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def replaced(draft: Path, path: Path) -> None:
        done.append("replaced")
        json.loads(draft.read_text())
        move(draft, path)

    monkeypatch.setattr(os, "fsync", on_the_disk)
    monkeypatch.setattr(Path, "replace", replaced)
    file.change(count_up)

    assert done == ["file", "replaced", "folder"]


def _count_many(path: Path) -> None:
    file = KeptFile(path, Diary, "diary")
    for _ in range(25):
        file.change(count_up)


def test_processes_that_write_at_once_lose_nothing(file: KeptFile[Diary]) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_count_many, args=(file.path,)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert file.read() == Diary(100)


# Whatever was done to it is told, with what to do.


def test_edited_by_hand(file: KeptFile[Diary]) -> None:
    file.change(count_up)
    file.path.write_text(file.path.read_text().replace('"count": 1', '"count": 2'))

    with pytest.raises(Damaged, match=r"diary was changed by something else.*Put a copy or a backup"):
        file.read()


def test_swapped_with_another_file(file: KeptFile[Diary], tmp_path: Path) -> None:
    other = KeptFile(tmp_path / "letters.json", Diary, "letters")
    other.change(count_up)
    other.path.replace(file.path)

    with pytest.raises(Damaged, match="holds something else: perhaps two files were swapped"):
        file.read()


@pytest.mark.parametrize(
    "kept",
    [
        *["{}", '{"count": "many"}', '{"count": 1, "of_later": true}', "[]", "null", "5", '"text"'],
        '{"events": [{"at": "2026-03-01T12:00:00", "what": "in no time zone"}]}',
    ],
)
def test_of_another_version(file: KeptFile[Diary], kept: str) -> None:
    kept_file.write_to(file.path, json.loads(kept), "diary")

    if kept == "{}":
        assert file.read() == Diary()
    else:
        with pytest.raises(Damaged, match="another version"):
            file.read()


@settings(deadline=None)
@given(cut=st.integers(0, 10_000), flipped=st.integers(0, 7))
def test_no_damage_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, cut: int, flipped: int) -> None:
    file = KeptFile(tmp_path_factory.mktemp("home") / "diary.json", Diary, "diary")
    file.change(lambda _: Diary(7, (Event(AT, "begun"),)))
    whole = file.path.read_bytes()
    place = cut % (len(whole) - 2)  # but for the end of the line

    for damaged in (whole[:place], whole[:place] + bytes((whole[place] ^ 1 << flipped,)) + whole[place + 1 :]):
        file.path.write_bytes(damaged)
        with contextlib.suppress(Damaged):
            assert file.read() == Diary(7, (Event(AT, "begun"),))  # white space, a capital in an escape


def test_a_file_that_would_fill_the_memory_is_not_read(file: KeptFile[Diary], monkeypatch: pytest.MonkeyPatch) -> None:
    file.change(count_up)
    monkeypatch.setattr(kept_file, "_LARGEST", file.path.stat().st_size - 1)

    with pytest.raises(Damaged, match="far too large"):
        file.read()


def test_a_neighbour_that_hangs_does_not_hang_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_file, "_PATIENCE", 0.01)
    file, neighbour = (KeptFile(tmp_path / "diary.json", Diary, "diary") for _ in range(2))

    def hang(_: Diary | None) -> Diary:
        with pytest.raises(TimeoutError):  # an OSError, as if the disk were gone
            file.change(count_up)
        return Diary(7)

    neighbour.change(hang)
    assert file.read() == Diary(7)


def test_a_damaged_file_is_never_written_over(file: KeptFile[Diary]) -> None:
    file.change(count_up)
    file.path.write_bytes(b"{")

    with pytest.raises(Damaged):
        file.change(count_up)
    assert file.path.read_bytes() == b"{"
