"""Every parser of text, files and tables, with the errors that it may raise and what it is given."""

from __future__ import annotations

import random
import secrets
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from soak.fuzzed_computer import FuzzedComputer
from soak.mutator import Mutator

import app
from activation_core import blocks, codes, confirmation_id, installation_id, products
from activation_core.access_numbers import Directory
from activation_core.clearinghouse import audit_mark, database_copy, keys, signer
from activation_core.clearinghouse.audit import Audit
from activation_core.clearinghouse.store import StoreDown
from activation_core.codes import Kind
from activation_core.installation_id import Malformed, Operation
from activation_core.machine.components import load_profile, read_components
from activation_core.machine.kept_file import Damaged
from activation_core.mistyped import Mistyped
from activation_core.page_texts import PageTexts
from ivr import signed_form, wording
from ivr.call_cookie import CallCookie
from ivr.dialogue import Call
from ivr.prompt_book import approval
from ivr.simulator import scenario
from ivr.simulator.scenario import Unreadable
from wiring.data_files import toml

HOUSE = Path(__file__).parents[2]
PUBLIC = "https://activation.example"


@dataclass(frozen=True)
class Parser:
    """`weight` is how often it is asked, beside the others: what takes long is asked less."""

    name: str
    parse: Callable[[Any], object]
    refusals: tuple[type[Exception], ...]
    draw: Callable[[Mutator], Any]
    weight: float = 1


def parsers(folder: Path) -> list[Parser]:
    return [*_of_codes(), *_of_requests(), *_of_tables(), *_of_files(folder)]


def _texts(*seeds: str) -> Callable[[Mutator], str]:
    return lambda mutator: mutator.text(seeds)


def _of_codes() -> Sequence[Parser]:
    key = codes.issue(Kind.PRODUCT_KEY, 1, 7, b"issuing")
    asked = installation_id.make(Operation.ACTIVATE, key, 0, 0x12345678, 1)
    confirmed = confirmation_id.sign(4711, asked, key, 0)
    ids = [asked.digits, " ".join(asked.blocks), "1" * 49]
    confirmations = [confirmed.digits, " ".join(confirmed.blocks)]
    return [
        Parser("Installation IDs", installation_id.parse, (Mistyped, Malformed), _texts(*ids), 1),
        Parser("Confirmation IDs", confirmation_id.parse, (Mistyped,), _texts(*confirmations), 0.3),
        Parser("codes", codes.parse, (ValueError,), _texts(key.shown, key.text), 2),
        Parser("blocks", lambda text: blocks.salvage(text, 7), (), _texts(*ids, *confirmations), 0.4),
        Parser("messages to sign", confirmation_id.key_of, (confirmation_id.NotAMessage,), _message(asked, key), 6),
    ]


def _message(asked: installation_id.InstallationId, key: codes.Code) -> Callable[[Mutator], bytes]:
    right = confirmation_id.message(asked, key, 0)

    def draw(mutator: Mutator) -> bytes:
        return mutator.bytes(right, 4)[: mutator.chance.choice((48, 48, 48, 47, 0))]

    return draw


def _of_requests() -> Sequence[Parser]:
    environment = {name.upper(): "1" for name in app.Settings.__dataclass_fields__} | {"PUBLIC_URL": PUBLIC}
    form = urlencode({"CallSid": "CA1", "Digits": "12", "From": "+12125550143"})
    cookie = CallCookie([b"secret"], "/voice", False)
    written = cookie.write(Call("enter_id", {"id": "1" * 49}, 1)).partition("=")[2].partition(";")[0]

    def settings(mutator: Mutator) -> dict[str, str]:
        name = mutator.chance.choice(list(environment))
        return environment | {
            "LOG_LEVEL": "info",
            "LOCAL_PAGES": "on",
            "MESSAGING_FROM": "",
            name: mutator.text([*environment.values(), PUBLIC]),
        }

    return [
        Parser(
            "forms", lambda text: signed_form.parse(text.encode("utf-8", "replace")), (ValueError,), _texts(form), 6
        ),
        Parser("cookies of calls", lambda text: cookie.read(f"call={text}"), (), _texts(written, "", "a.b"), 6),
        Parser("settings", app.read_settings, (ValueError,), settings, 6),
    ]


def _of_tables() -> Sequence[Parser]:
    scenarios = [path.read_text("utf-8") for path in sorted(HOUSE.glob("data/**/*.call"))]
    books = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in HOUSE.glob("data/prompts/*.toml")}
    sold, numbers = toml("products"), toml("access_numbers")
    read = wording.parse("en-US", books["en-US"])

    def book(mutator: Mutator) -> tuple[str, dict[str, Any]]:
        name = mutator.chance.choice(list(books))
        return name, mutator.whole(books[name])

    return [
        Parser("scenarios", lambda text: scenario.parse("fuzz", text), (Unreadable,), _texts(*scenarios), 4),
        Parser("products", products.parse, (ValueError,), lambda mutator: mutator.whole(sold), 5),
        Parser("access numbers", Directory.parse, (ValueError,), lambda mutator: mutator.whole(numbers), 0.3),
        Parser("prompt books", lambda drawn: wording.parse(*drawn), (ValueError,), book, 0.2),
        Parser(
            "approved books",
            lambda drawn: [each.runs for each in approval.changes(read, {"en-US": drawn[1]})],
            (),
            book,
            0.2,
        ),
    ]


def _of_files(folder: Path) -> Sequence[Parser]:
    folder.chmod(0o700)
    computer = FuzzedComputer(folder / "computer")
    profiles = [path.read_text("utf-8") for path in HOUSE.glob("data/machines/*.toml")]
    catalogs = [path.read_text("utf-8") for path in HOUSE.glob("data/pages/locales/*.po")]
    database, judged = _database(folder)

    def written(name: str, read: Callable[[Path], object]) -> Callable[[str], object]:
        path = folder / name

        def parse(text: str) -> object:
            path.write_text(text, "utf-8", "replace")
            path.chmod(0o600)
            return read(path)

        return parse

    log = folder / "signed.log"
    signed = signer.SignerLog(log)
    for n in range(3):
        signed.add(app.now(), n, bytes(48))
    signed.close()
    return [
        Parser("files of a computer", computer.look, (Damaged,), computer.draw, 0.5),
        Parser("profiles", written("profile.toml", load_profile), (ValueError,), _texts(*profiles), 0.5),
        Parser("what commands say of hardware", _hardware, (), _texts(*_SAID), 0.5),
        Parser("backups of the database", judged, (database_copy.Unfit, StoreDown), database, 0.02),
        Parser(
            "logs of a signer",
            written("changed.log", signer.check_log),
            (signer.LogBroken,),
            _texts(log.read_text()),
            0.5,
        ),
        Parser(
            "keys",
            written("session.key", lambda path: keys.secret(folder, path.stem, bytes)),
            (keys.KeysRefused,),
            _texts("ab" * 48),
            0.5,
        ),
        Parser(
            "marks of the audit log", written("mark", audit_mark.read), (ValueError,), _texts(f"12 {'ab' * 32}\n"), 0.5
        ),
        Parser("page texts", lambda text: PageTexts("de-DE", text)("Activate"), (ValueError,), _texts(*catalogs), 0.01),
    ]


_SAID = [
    '{"uuid": "4C4C4544", "board_serial": "1", "maker": ["a", "b"], "memory": 8589934592, "cpu": "x", "adapters":'
    ' [{"device": "PCI\\\\VEN", "medium": 9, "address": "00-11-22-33-44-55"}, {"device": null}]}',
    '{"SPNVMeDataType": [{"_items": [{"device_serial": "S1", "detachable_drive": "no", "bsd_name": "disk0"}]}]}',
    '"IOPlatformUUID" = "4C4C4544"\nHardware Port: Ethernet\nDevice: en0\nEthernet Address: 00:11:22:33:44:55\n\n',
    "    MachineGuid    REG_SZ    11111111-2222-3333-4444-555555555555\n",
    "<plist><dict><key>VolumeUUID</key><string>11111111-2222</string></dict></plist>",
    "8589934592",
]


def _hardware(said: str) -> object:
    return [read_components(Path("/nowhere"), platform, lambda command: said) for platform in ("darwin", "win32")]


def _database(folder: Path) -> tuple[Callable[[Mutator], bytes], Callable[[bytes], object]]:
    """A backup, changed; judged, and put back where it is found whole."""
    settings = app.Settings(database_url=f"sqlite:///{folder}/whole.db", key_folder=f"{folder}/keys")
    parts = app.Parts(settings)
    parts.desk.issue(1, 3, parts.products[1].terms[0], random.Random(1).randrange, app.now())
    backup, changed, restored = (folder / name for name in ("backup.db", "changed.db", "restored.db"))
    database_copy.copy(folder / "whole.db", backup)
    parts.records.store.close()
    whole, sealing = backup.read_bytes(), secrets.token_bytes(48)

    def judged(content: bytes) -> object:
        changed.write_bytes(content)
        found = database_copy.judge(changed, lambda store: Audit(store, sealing).verify())
        database_copy.put_back(changed, restored)
        return found

    return lambda mutator: mutator.bytes(whole, 40), judged
