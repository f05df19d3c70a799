"""One licensed computer: which Confirmation IDs it takes, and that it forgets nothing."""

import os
import random
import stat
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activation_core import blocks, codes, confirmation_id, hardware, installation_id, short_signature
from activation_core.codes import Kind
from activation_core.confirmation_id import ConfirmationId
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine.kept_file import Damaged, write_to
from activation_core.machine.server import Server
from activation_core.mistyped import Mistyped
from activation_core.products import Product
from activation_core.refusals import Refusal
from activation_core.server_activation import Confirmed

ISSUING_KEY = b"an issuing key"
SECRET, OTHER_SECRET = 0x1234567890ABCDEF << 180, 0xFEDCBA << 180
KEY = codes.issue(Kind.PRODUCT_KEY, 7, 123456, ISSUING_KEY)
OTHER_KEY = codes.issue(Kind.PRODUCT_KEY, 7, 123457, ISSUING_KEY)
PRODUCT = Product(7, "Harbor", terms=("standard", "site"), public_keys={0: short_signature.public_key(SECRET)})
SETUP = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = SETUP + timedelta(days=3)

KINDS = ("product_uuid", "disk", "network", "machine_id", "volume", "board", "cpu", "memory")
HARDWARE = {kind: f"the first {kind}" for kind in KINDS}
OTHER_HARDWARE = {kind: f"quite another {kind}" for kind in KINDS}
NOT_THE_ANSWER = Refusal("not_the_answer")

NewServer = Callable[..., Server]


@pytest.fixture
def new_server(tmp_path: Path) -> NewServer:
    """A server in a folder of its own, or the one that is there already, as after a restart."""

    def new_server(name: str = "server", key: codes.Code = KEY, hardware: dict[str, str] = HARDWARE) -> Server:
        server = Server(tmp_path / name, PRODUCT, hardware, SETUP)
        assert server.enter_product_key(key.shown, SETUP) is None
        return server

    return new_server


@pytest.fixture
def server(new_server: NewServer) -> Server:
    return new_server()


def shown(server: Server) -> InstallationId:
    asked = server.installation_id(SETUP)
    assert isinstance(asked, InstallationId)
    return asked


def answered(asked: InstallationId, secret: int = SECRET, key: codes.Code = KEY, grant: int = 0) -> ConfirmationId:
    """What the clearinghouse says."""
    return confirmation_id.sign(secret, asked, key, grant)


def activate(server: Server, key: codes.Code = KEY) -> str:
    said = answered(shown(server), key=key).digits
    assert server.accept(said, LATER) is None
    return said


# What it takes


def test_rule_13_the_answer_typed_by_hand_activates_it(server: Server) -> None:
    said = answered(shown(server))

    assert server.accept(" ".join(blocks.show(block) for block in said.blocks), LATER) is None
    assert server.state(LATER) == "activated"


def test_the_same_installation_id_gets_the_same_confirmation_id(server: Server) -> None:
    assert answered(shown(server)) == answered(shown(server))


# What it refuses: whoever tries, the server is not activated by it


def refused(server: Server, said: ConfirmationId) -> bool:
    before = server.activation
    return server.accept(said.digits, LATER) == NOT_THE_ANSWER and server.activation == before


def test_a_forged_confirmation_id_is_refused(server: Server) -> None:
    asked = shown(server)
    drawn = random.Random(1)

    assert refused(server, answered(asked, OTHER_SECRET))
    for _ in range(20):
        forged = ConfirmationId(0, drawn.randrange(2 * short_signature.FIELD))
        if short_signature.decompress(forged.signature) is None:
            assert refused(server, forged)
    assert server.state(LATER) == "grace"


def test_a_forged_confirmation_id_that_is_a_point_of_the_curve_is_refused(server: Server) -> None:
    shown(server)
    points = (n for n in range(2, 200) if short_signature.decompress(n))

    assert refused(server, ConfirmationId(0, next(points)))


def test_an_altered_confirmation_id_is_refused(server: Server) -> None:
    said = answered(shown(server))

    assert refused(server, replace(said, signature=said.signature ^ 1))  # the other point with this x
    assert all(refused(server, replace(said, signature=said.signature + 10**place)) for place in (0, 11, 23))


def test_a_confirmation_id_with_any_one_digit_altered_is_mistyped(server: Server) -> None:
    said = answered(shown(server)).digits

    for at in range(0, 91, 7):
        altered = said[:at] + str((int(said[at]) + 1) % 10) + said[at + 1 :]
        with pytest.raises(Mistyped, match=f"block {at // 7 + 1} "):
            server.accept(altered, LATER)
    assert server.state(LATER) == "grace"


def test_a_confirmation_id_with_its_grant_altered_is_refused(server: Server) -> None:
    said = answered(shown(server))

    assert refused(server, replace(said, grant=1))
    assert refused(server, replace(said, grant=9))


def test_the_confirmation_ids_of_two_servers_swapped_are_both_refused(new_server: NewServer) -> None:
    here, there = new_server("here"), new_server("there", OTHER_KEY, OTHER_HARDWARE)
    for_here, for_there = answered(shown(here)), answered(shown(there), key=OTHER_KEY)

    assert refused(here, for_there)
    assert refused(there, for_here)


def test_rule_12_the_confirmation_id_of_another_computer_with_the_same_key_is_refused(new_server: NewServer) -> None:
    here, there = new_server("here"), new_server("there", KEY, OTHER_HARDWARE)

    assert refused(there, answered(shown(here)))


def test_a_replayed_confirmation_id_of_an_older_installation_id_is_refused(new_server: NewServer) -> None:
    old = activate(new_server())
    moved = new_server(hardware=OTHER_HARDWARE)
    shown(moved)

    assert refused(moved, confirmation_id.parse(old))
    assert moved.state(LATER) == "reactivation_needed"


def test_a_replayed_confirmation_id_of_an_unanswered_installation_id_is_refused(new_server: NewServer) -> None:
    never_typed = answered(shown(new_server()))
    moved = new_server(hardware=OTHER_HARDWARE)
    shown(moved)

    assert refused(moved, never_typed)


def test_a_confirmation_id_made_for_another_product_key_is_refused(server: Server) -> None:
    assert refused(server, answered(shown(server), key=OTHER_KEY))


def test_rule_09_the_whole_folder_copied_to_another_computer_is_not_activated_there(new_server: NewServer) -> None:
    activate(new_server())

    assert new_server(hardware=OTHER_HARDWARE).state(LATER) == "reactivation_needed"


def _licence() -> tuple[codes.Code, InstallationId]:
    """A license code that was bought and confirmed: the signature is right, but for something else."""
    code = codes.issue(Kind.LICENSE_CODE, PRODUCT.number, 1, ISSUING_KEY)
    tags = hardware.tags(code.key, HARDWARE)
    return code, installation_id.make(Operation.ADD, code, 0, tags, 1)


@pytest.mark.parametrize("forged", ["another answer", "another key", "a license", "no digits"])
def test_an_activation_that_was_written_into_the_file_is_none(
    tmp_path: Path, server: Server, new_server: NewServer, forged: str
) -> None:
    """The seal of the file is no secret, so its owner can write whatever they like, but no signature."""
    asked, code, said = shown(server), KEY, "confirmed"
    if forged == "another answer":
        said = answered(shown(new_server("other", OTHER_KEY)), key=OTHER_KEY).digits
    if forged == "another key":
        code, said = OTHER_KEY, answered(asked, key=OTHER_KEY).digits
    if forged == "a license":
        code, asked = _licence()
        said = answered(asked, key=code).digits
    confirmed = Confirmed(asked.digits, said, SETUP, "manufacturer")
    forgery = replace(server.activation, product_key=code.text, confirmed=confirmed)
    write_to(tmp_path / "server" / "activation.json", forgery, "activation")

    with pytest.raises(Damaged, match="the clearinghouse did not confirm it"):
        Server(tmp_path / "server", PRODUCT, HARDWARE, SETUP).state(SETUP)


def test_rule_17_after_a_significant_change_a_new_answer_activates_it_again(new_server: NewServer) -> None:
    activate(new_server())
    changed = new_server(hardware=OTHER_HARDWARE)

    activate(changed)

    assert changed.state(LATER) == "activated"


def test_what_is_refused_leaves_the_file_as_it_is(tmp_path: Path, server: Server) -> None:
    wrong = codes.issue(Kind.LICENSE_CODE, 7, 1, ISSUING_KEY)
    before = (tmp_path / "server" / "activation.json").read_bytes()

    assert server.enter_product_key(wrong.shown, SETUP) == Refusal("wrong_code")
    assert (tmp_path / "server" / "activation.json").read_bytes() == before


def test_the_key_of_an_activated_server_is_exchanged_only_where_that_is_said(server: Server) -> None:
    activate(server)

    assert server.enter_product_key(OTHER_KEY.shown, LATER) == Refusal("key_in_force")
    assert server.state(LATER) == "activated"
    assert server.enter_product_key(OTHER_KEY.shown, LATER, replace=True) is None
    assert server.state(LATER) == "grace"


# What it remembers


def test_a_new_server_remembers_when_it_was_set_up(tmp_path: Path) -> None:
    Server(tmp_path / "new", PRODUCT, HARDWARE, SETUP)
    reopened = Server(tmp_path / "new", PRODUCT, HARDWARE, LATER)

    assert reopened.activation.clock.began == SETUP
    assert reopened.state(LATER) == "no_product_key"
    assert reopened.installation_id(LATER) == Refusal("no_product_key")


def test_it_remembers_everything_after_a_restart(new_server: NewServer) -> None:
    activate(new_server())
    first = new_server().activation
    again = new_server()

    assert again.activation == first
    assert again.activation.confirmed
    assert again.activation.confirmed.at == LATER
    assert again.state(LATER) == "activated"


def test_the_installation_id_is_the_same_after_a_restart(new_server: NewServer) -> None:
    assert shown(new_server()) == shown(new_server()) == shown(new_server())


def test_typing_the_answer_again_after_a_restart_changes_nothing(new_server: NewServer) -> None:
    said = activate(new_server())
    server = new_server()
    before = server.activation

    assert server.accept(said, LATER + timedelta(days=1)) is None
    assert replace(server.activation, clock=before.clock) == before


def test_nobody_else_can_read_the_product_key(tmp_path: Path, server: Server) -> None:
    activate(server)
    home = tmp_path / "server"

    assert stat.S_IMODE((home / "activation.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_it_leaves_one_file_and_no_drafts(tmp_path: Path, server: Server) -> None:
    activate(server)

    assert {path.name for path in (tmp_path / "server").iterdir()} == {"activation.json", "activation.lock", "copies"}


def test_looking_at_the_installation_id_again_writes_nothing(tmp_path: Path, server: Server) -> None:
    shown(server)
    before = (tmp_path / "server/activation.json").stat().st_ino
    shown(server)
    assert (tmp_path / "server/activation.json").stat().st_ino == before


def test_two_pages_at_once_do_not_undo_each_others_work(server: Server) -> None:
    """One looks at the Installation ID while the other is activated: served by threads."""
    said = answered(shown(server)).digits
    looking = [threading.Thread(target=lambda: [server.installation_id(SETUP) for _ in range(200)]) for _ in range(4)]
    for thread in looking:
        thread.start()
    assert server.accept(said, LATER) is None
    for thread in looking:
        thread.join()
    assert server.state(LATER) == "activated"


class PowerCut(Exception):
    pass


@pytest.fixture(params=["before it is on the disk", "before it replaces the old one"])
def power_cut(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def cut(*_: object) -> None:
        raise PowerCut

    def power_cut() -> None:
        place = (os, "fsync") if request.param == "before it is on the disk" else (Path, "replace")
        monkeypatch.setattr(*place, cut)

    return power_cut


def test_a_power_cut_leaves_the_old_state_and_no_trouble(
    tmp_path: Path, new_server: NewServer, power_cut: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = new_server()
    said = answered(shown(server)).digits
    before = server.activation

    power_cut()
    with pytest.raises(PowerCut):
        server.accept(said, LATER)
    monkeypatch.undo()

    assert [path.name for path in tmp_path.glob("server/*.json*")] == ["activation.json"]  # no draft with the key
    assert new_server().activation == before
    assert new_server().accept(said, LATER) is None
    assert new_server().state(LATER) == "activated"


def test_a_power_cut_at_the_first_start_is_a_first_start_again(
    tmp_path: Path, power_cut: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    power_cut()
    with pytest.raises(PowerCut):
        Server(tmp_path / "server", PRODUCT, HARDWARE, SETUP)
    monkeypatch.undo()

    assert Server(tmp_path / "server", PRODUCT, HARDWARE, LATER).activation.clock.began == LATER


def test_stray_drafts_beside_the_file_make_no_trouble(tmp_path: Path, server: Server) -> None:
    (tmp_path / "server" / "activation.jsonabcdef").write_text("{half a dr")

    activate(server)

    assert server.state(LATER) == "activated"
