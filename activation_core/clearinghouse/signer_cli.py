"""The commands of the signer: run it, and look through its log."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from activation_core import core_files
from activation_core.clearinghouse.keys import KeysRefused, open_keys
from activation_core.clearinghouse.signer import LogBroken, Signer, SignerLog, SignerServer, check_log
from activation_core.products import Products

_LOG = click.Path(dir_okay=False, path_type=Path)


def signer(
    socket: Callable[[], Path],
    key_folder: Callable[[], Path],
    read_products: Callable[[], Products],
    randbytes: Callable[[int], bytes],
    now: Callable[[], datetime],
    clock: Callable[[], float],
) -> click.Group:
    @click.group("signer")
    def group() -> None:
        """Keep the signing keys in a process of their own.

        Under an account of its own, so that the web application has none.
        """

    @group.command("serve")
    @click.option("--log", type=_LOG, help="Each signature, as a digest.  [default: signer.log in the key folder]")
    @click.option("--per-minute", type=click.IntRange(1), default=600, show_default=True, help="At most.")
    def serve(log: Path | None, per_minute: int) -> None:
        """Answer at the socket of SIGNER, with the keys in KEY_FOLDER."""
        core_files.switch_off()
        folder = key_folder()
        try:
            keys = open_keys(folder, read_products(), False, randbytes)
            written = SignerLog(log or folder / "signer.log")
            with SignerServer(socket(), Signer(keys, written, per_minute, now, clock)) as server:
                _until_told_to_stop(server)
        except (KeysRefused, LogBroken, OSError, ValueError) as error:
            raise click.ClickException(str(error)) from error

    @group.command("verify")
    @click.option("--log", type=_LOG, help="[default: signer.log in the key folder]")
    def verify(log: Path | None) -> None:
        """Tell whether the log is as it was written.

        Else it tells in which line it is not, and the exit status is 1.
        """
        try:
            count, chain = check_log(log or key_folder() / "signer.log")
        except LogBroken as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{count} signatures, whole. The last line has the hash\n{chain or '(none)'}")

    return group


def _until_told_to_stop(server: SignerServer) -> None:
    """What is being signed is finished first."""
    click.echo(f"Signing at {server.server_address!s}. Ctrl-C stops.")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    Path(str(server.server_address)).unlink(missing_ok=True)
