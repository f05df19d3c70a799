"""
Whole calls a second, beside what a vendor would write instead. By hand: .venv/bin/python tests/bench/throughput.py

A call is four webhooks, each signed as Twilio signs: the answer, 49 digits (a claim made durable, a public-key
signature, thirteen blocks to read back), the end, the status. All calls differ. The carrier's side is prepared before
the clock runs, since whatever it cost would be taken from the servers; wrk plays it over 16 connections.
Writes what it found into docs/performance.md.

All servers are up at once, and windows of a second alternate between them; ratios are paired within a round, so that
a busy machine slows all of them. The first rounds do not count: node compiles what it has seen often enough. Two
workers each, on the same two cores as wrk. Needs wrk, node and npm; sets up the rivals in .bench/.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import random
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

HOUSE = Path(__file__).parents[2]
sys.path.insert(0, str(HOUSE))

import httpx  # noqa: E402
import performance_page  # noqa: E402

import app  # noqa: E402
from activation_core import installation_id  # noqa: E402
from activation_core.installation_id import Operation  # noqa: E402
from wiring.settings import CALLS_AT_ONCE  # noqa: E402

CONNECTIONS, WRK_THREADS, WORKERS = 16, 2, 2
WARM_UP = 6  # rounds
TOKEN, URL = "a token of this bench", "https://bench.example"
GEO = {f"{who}{what}": "" for who in ("From", "To", "Caller", "Called") for what in ("City", "State", "Zip")}
RIVALS = HOUSE / "tests/bench/rivals"
TOOLS = HOUSE / ".bench"


@dataclass(frozen=True)
class Contender:
    """A server, the paths of its four webhooks, and how it is started on a port in a folder of its own."""

    name: str
    paths: tuple[str, str, str, str]
    command: Callable[[int], list[str]]
    ours: bool = False
    calls: int = 1_600  # a second, at most: so many are prepared


def granian(target: str) -> Callable[[int], list[str]]:
    options = ["--interface", "wsgi", "--workers", str(WORKERS), "--blocking-threads", "8", "--host", "127.0.0.1"]
    return lambda port: [f"{Path(sys.executable).parent}/granian", *options, "--port", str(port), target]


def ours(script: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, str(HOUSE / script), "serve", "--port", str(port)]


OURS = ("/voice", "/voice/step/enter_id", "/voice/step/what_next", "/voice/status")
THEIRS = ("/voice", "/voice/digits", "/voice/end", "/voice/status")
CONTENDERS = [
    Contender("ours", OURS, ours("app.py"), True),
    Contender("ours without the signature", OURS, ours("tests/bench/rivals/unsigned.py"), True),
    Contender("constant Flask route in Granian", THEIRS, granian("tests.bench.rivals.constant:app"), calls=3_000),
    Contender(
        "Flask, twilio, sqlite-utils in gunicorn",
        THEIRS,
        lambda port: [
            f"{TOOLS}/venv/bin/gunicorn",
            "-w",
            str(WORKERS),
            "-b",
            f"127.0.0.1:{port}",
            "flask_tutorial:app",
        ],
        calls=400,
    ),
    Contender(
        "FastAPI, twilio, SQLite in uvicorn",
        THEIRS,
        lambda port: [
            *[f"{TOOLS}/venv/bin/uvicorn", "--workers", str(WORKERS), "--port", str(port), "--no-access-log"],
            "fastapi_twilio:app",
        ],
        calls=1_000,
    ),
    Contender("Express, twilio, better-sqlite3", THEIRS, lambda port: ["node", "express_twilio.js"], calls=1_500),
]


# The carrier's side, prepared


def form(n: int, **more: str) -> dict[str, str]:
    """What Twilio posts, with its twenty-nine fields."""
    return {
        **{"CallSid": f"CA{n:032x}", "AccountSid": f"AC{1:032x}", "ApiVersion": "2010-04-01", "Direction": "inbound"},
        **{"From": f"+4420{n:08d}", "Caller": f"+4420{n:08d}", "To": "+448081570142", "Called": "+448081570142"},
        **{"FromCountry": "GB", "CallerCountry": "GB", "ToCountry": "GB", "CalledCountry": "GB"},
        **GEO,
        **{"CallStatus": "in-progress", **more},
    }


def signed(path: str, fields: Mapping[str, str]) -> tuple[bytes, str]:
    """Body and signature."""
    text = URL + path + "".join(name + fields[name] for name in sorted(fields))
    return urlencode(fields).encode(), base64.b64encode(hmac.digest(TOKEN.encode(), text.encode(), "sha1")).decode()


def raw(path: str, body: bytes, signature: str, cookie: str) -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        "Host: bench.example",
        "User-Agent: TwilioProxy/1.1",
        "Accept: */*",
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
        f"Content-Length: {len(body)}",
        f"X-Twilio-Signature: {signature}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def webhooks(contender: Contender, n: int, keyed: str, ask: Callable[[str, bytes, str, str], str]) -> Iterator[bytes]:
    """The four of one call; `ask` sends one ahead of the clock, where the next needs the cookie of its answer."""
    cookie = ""
    for place, more in enumerate(
        (
            {"CallStatus": "ringing"},
            {"Digits": keyed, "FinishedOnKey": "", "msg": "Gather End"},
            {"Digits": "9", "FinishedOnKey": "", "msg": "Gather End"},
            {"CallStatus": "completed", "CallDuration": "120"},
        )
    ):
        path = contender.paths[place]
        body, signature = signed(path, form(n, **more))
        yield raw(path, body, signature, cookie)
        if place == 0 or (place == 1 and contender.ours):
            cookie = ask(path, body, signature, cookie) or cookie


def hung_up(contender: Contender, n: int) -> Iterator[bytes]:
    """Those of a call that is hung up while it is greeted: nothing is claimed."""
    for place, status in ((0, "ringing"), (3, "completed")):
        path = contender.paths[place]
        yield raw(path, *signed(path, form(n, CallStatus=status)), "")


# Servers


def environment(contender: Contender, folder: Path, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "BENCH_DATABASE": f"{folder}/rival.db",
        "DATABASE_URL": f"sqlite:///{folder}/clearinghouse.db",
        "KEY_FOLDER": f"{folder}/keys",
        "MACHINE_FOLDER": f"{folder}/machine",
        "CALLS_FILE": f"{folder}/calls.db",
        "SPEECH": "off",
        "TWILIO_AUTH_TOKEN": TOKEN,
        "PUBLIC_URL": URL,
        "OPERATOR_NUMBER": "+12125550143",
        "CALLS_AT_ONCE": str(CALLS_AT_ONCE),  # where only the answer is measured no call ever ends
        "PORT": str(port),
        "WORKERS": str(WORKERS),
        "THREADS": "3",
        "PYTHONPATH": str(HOUSE),
        "NODE_PATH": str(TOOLS / "node_modules"),
    }


@contextmanager
def serving(contender: Contender, folder: Path) -> Iterator[tuple[int, subprocess.Popen[bytes], float]]:
    """A running server: its port, its process, and the seconds from its start to its first answer."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = (folder / "server.log").open("ab")
    began = time.monotonic()
    process = subprocess.Popen(
        contender.command(port),
        cwd=HOUSE if contender.ours or "Granian" in contender.name else RIVALS,
        env=environment(contender, folder, port),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        body, signature = signed(contender.paths[0], form(1, CallStatus="ringing"))
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
        while True:
            try:
                answer = httpx.post(f"http://127.0.0.1:{port}{contender.paths[0]}", content=body, headers=headers)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() - began > 60:
                    raise RuntimeError(
                        f"{contender.name} did not start: {(folder / 'server.log').read_text()}"
                    ) from None
                time.sleep(0.01)
        answer.raise_for_status()
        yield port, process, time.monotonic() - began
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()


def set_up_rivals() -> None:
    if shutil.which("wrk") is None or shutil.which("npm") is None:
        sys.exit("The bench needs wrk, node and npm. On Debian: apt-get install wrk nodejs npm")
    if not (TOOLS / "venv/bin/uvicorn").exists():
        subprocess.run([sys.executable, "-m", "venv", TOOLS / "venv"], check=True)
        wanted = ["-r", str(RIVALS / "requirements.txt"), "flask", "twilio", "sqlite-utils"]
        subprocess.run([TOOLS / "venv/bin/pip", "install", "--quiet", *wanted], check=True)
    if not (TOOLS / "node_modules/express").exists():
        shutil.copy(RIVALS / "package.json", TOOLS)
        subprocess.run(["npm", "install", "--silent"], cwd=TOOLS, check=True)


def prepare(contender: Contender, folder: Path, calls: int, rounds: int) -> None:
    """Keys, a database in which nothing was claimed yet, and for each round the webhooks of so many calls."""
    rival = sqlite3.connect(folder / "rival.db")
    rival.executescript("PRAGMA journal_mode = WAL; CREATE TABLE claims (id TEXT PRIMARY KEY, call TEXT)")
    rival.close()
    if contender.ours:
        parts = app.Parts(app.read_settings(environment(contender, folder, 0)))
        issued = parts.desk.issue(1, calls * rounds, "standard", random.Random(1).randrange, app.now())
        digits = [installation_id.make(Operation.ACTIVATE, code, 0, 0x12345678, 1).digits for code in issued]
        parts.records.store.close()
    else:
        digits = [f"{n:049d}" for n in range(calls * rounds)]
    fresh = {path: path.read_bytes() for path in folder.glob("*.db*")}
    with serving(contender, folder) as (port, _, _), httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        keeps_cookies = True

        def ask(path: str, body: bytes, signature: str, cookie: str) -> str:
            nonlocal keeps_cookies
            if not keeps_cookies:
                return ""
            headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
            client.cookies.clear()
            answer = client.post(path, content=body, headers={**headers, **({"Cookie": cookie} if cookie else {})})
            answer.raise_for_status()
            keeps_cookies = bool(answer.cookies)
            return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())

        whole = (webhooks(contender, n + 2, keyed, ask) for n, keyed in enumerate(digits))
        brief = (hung_up(contender, n) for n in count(len(digits) + 2))
        for number in range(rounds):
            write(folder / f"webhooks.{number}", islice(whole, calls))
            write(folder / f"hung up.{number}", islice(brief, 4 * calls))
    for path in folder.glob("*.db*"):
        path.unlink()
    for path, content in fresh.items():
        path.write_bytes(content)


def write(path: Path, called: Iterable[Iterable[bytes]]) -> None:
    """A file for each thread of wrk."""
    files = [path.with_suffix(f"{path.suffix}.{number}").open("wb") for number in range(WRK_THREADS)]
    for file, requests in zip(cycle(files), called, strict=False):
        file.writelines(f"{len(request):08d}".encode() + request for request in requests)
    for file in files:
        file.close()


@dataclass(frozen=True)
class Measured:
    webhooks: float  # a second
    p50: float  # milliseconds
    p99: float
    cpu: float  # microseconds a webhook, of the server's processes
    memory: float  # MB, of the largest process


def measure(
    port: int,
    process: subprocess.Popen[bytes],
    requests: Path,
    seconds: float,
    connections: int = CONNECTIONS,
    pause: float = 0,
) -> Measured:
    """A window in which these requests are sent, once each. A connection waits `pause` seconds on average."""
    script = HOUSE / "tests/bench/wrk_prepared.lua"
    before, wall = cpu_seconds(process.pid), time.monotonic()
    told = subprocess.run(
        ["wrk", f"-t{min(WRK_THREADS, connections)}", f"-c{connections}", f"-d{seconds:g}s", "--latency",
         "--timeout", "15s", "-s", script, f"http://127.0.0.1:{port}", requests, str(round(pause * 1000))],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    used, wall = cpu_seconds(process.pid) - before, time.monotonic() - wall
    memory = max(resident(pid) for pid in family(process.pid))
    result = json.loads(told.rpartition("RESULT ")[2])
    log = requests.parent / "server.log"
    if result["wrong"] or result["errors"]:
        sys.exit(f"{result}, see {log}\n{log.read_text()[-2000:]}")
    if used > 2.05 * wall:
        sys.exit(f"{log}: more than two cores were used, so this is worth nothing")
    answers = result["answers"]
    return Measured(answers / result["seconds"], result["p50"], result["p99"], used / answers * 1e6, memory / 2**20)


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_seconds(pid: int) -> float:
    ticks = os.sysconf("SC_CLK_TCK")
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split() for one in family(pid)]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def main(seconds: float = 1, rounds: int = 12, contenders: Sequence[Contender] = CONTENDERS) -> None:
    set_up_rivals()
    measured: dict[tuple[str, str], list[Measured]] = {}
    started: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    with TemporaryDirectory() as place, ExitStack() as stack:
        folders = {contender.name: Path(place, str(n)) for n, contender in enumerate(contenders)}
        for contender in contenders:
            folders[contender.name].mkdir()
            print(f"preparing the calls for {contender.name} …", flush=True)
            prepare(contender, folders[contender.name], round(contender.calls * seconds), WARM_UP + rounds)
        for contender in contenders * 5:
            with serving(contender, folders[contender.name]) as (_, _, took):
                started[contender.name].append(took)
        servers = {one.name: stack.enter_context(serving(one, folders[one.name])) for one in contenders}
        for number in range(WARM_UP + rounds):
            for contender, what in windows(contenders):
                port, process, _ = servers[contender.name]
                one = measure(port, process, folders[contender.name] / f"{what}.{number}", seconds)
                if number >= WARM_UP:
                    measured.setdefault((contender.name, what), []).append(one)
                told = f"{one.webhooks:8.0f}/s  p99 {one.p99:6.1f} ms  {one.cpu:5.0f} µs"
                print(f"round {number:2}  {contender.name:<42}{what:<9}{told}", flush=True)
    rows = "\n".join(report(measured, started))
    print(f"\n{rows}")
    if contenders is CONTENDERS:
        performance_page.write("whole calls", rows)


def windows(contenders: Sequence[Contender]) -> Iterator[tuple[Contender, str]]:
    for contender in contenders:
        yield contender, "webhooks"
        if (contender.paths is OURS and "without" not in contender.name) or "constant" in contender.name:
            yield contender, "hung up"


def report(measured: Mapping[tuple[str, str], list[Measured]], started: Mapping[str, list[float]]) -> Iterator[str]:
    """Medians, and ratios to ours paired within each round, as a table of Markdown."""
    ours, unsigned = measured["ours", "webhooks"], measured["ours without the signature", "webhooks"]
    yield "| whole calls | calls/s | p50 ms | p99 ms | CPU µs a webhook | start s | MB | ours / it | unsigned / it |"
    yield "|---|" + "--:|" * 8
    for (name, what), all_ in measured.items():
        if what != "webhooks" or name.startswith("constant"):
            continue
        one = {field: median(getattr(m, field) for m in all_) for field in Measured.__dataclass_fields__}
        paired = [_ratio(mine, all_) for mine in (ours, unsigned)]
        yield (
            f"| {name} | {one['webhooks'] / 4:.0f} | {one['p50']:.1f} | {one['p99']:.1f} | {one['cpu']:.0f} "
            f"| {median(started[name]):.2f} | {one['memory']:.0f} | {paired[0]:.2f} | {paired[1]:.2f} |"
        )
    ceiling, answers = measured["constant Flask route in Granian", "hung up"], measured["ours", "hung up"]
    yield ""
    yield (
        f"Webhooks that neither claim nor sign: {median(m.webhooks for m in answers):.0f}/s, "
        f"{_ratio(answers, ceiling):.2f} of the constant Flask route's {median(m.webhooks for m in ceiling):.0f}/s."
    )


def _ratio(mine: list[Measured], others: list[Measured]) -> float:
    return median(a.webhooks / b.webhooks for a, b in zip(mine, others, strict=True))


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]), *map(int, sys.argv[2:3]))
