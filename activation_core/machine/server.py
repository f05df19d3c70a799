"""The licensed server itself: its activation kept in a file, its hardware, its product.

All rules are in `activation_core.server_activation`; this only remembers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from activation_core import codes, installation_id, server_activation
from activation_core.installation_id import InstallationId
from activation_core.machine.kept_file import KeptFile, damaged
from activation_core.products import Product
from activation_core.refusals import Refusal
from activation_core.server_activation import Confirmed, Method, ServerActivation, State

_WHAT = "activation"  # what the file is


class Server:
    """One licensed computer; `home` is the folder of its own that holds `activation.json`.

    Every look at it also looks at the clock and at the hardware. Damaged (kept_file) where the file is not
    what was written.
    """

    def __init__(self, home: Path, product: Product, components: Mapping[str, str], now: datetime) -> None:
        self.home, self.product, self.components = home, product, components
        self._file = KeptFile(home / "activation.json", ServerActivation, _WHAT, copies=3)
        self._proven: tuple[str, Confirmed | None] | None = None
        if not self._file.path.exists():  # a damaged one is said where it is looked at, not at the start
            self._change(now, lambda kept: kept)

    @property
    def activation(self) -> ServerActivation:
        """What is kept."""
        kept = self._file.read()
        if kept is None:
            raise FileNotFoundError(f"{self._file.path} is gone. Start the program again to begin anew.")
        return self._checked(kept)

    def state(self, now: datetime) -> State:
        """Where the server stands."""
        self._change(now, lambda kept: kept)
        return server_activation.state(self.activation, self.components, self.product, now)

    def is_activated(self, now: datetime) -> bool:
        return self.state(now) in server_activation.ACTIVATED

    def enter_product_key(self, text: str, now: datetime, *, replace: bool = False) -> Refusal | None:
        """None where the key is accepted. Mistyped names the group that is wrong.

        The key of an activated server is exchanged only where that is said: it has to be activated anew then.
        """
        if not replace and self.is_activated(now) and codes.parse(text).text != self.activation.product_key:
            return Refusal("key_in_force")
        return self._change(now, lambda kept: server_activation.enter_product_key(kept, text, self.product))

    def installation_id(self, now: datetime) -> InstallationId | Refusal:
        """The Installation ID to show; the same until it is answered."""
        # What was kept, not what is: by now it may have been answered.
        asked = self._changed(now, lambda kept: server_activation.ask(kept, self.components, self.product))
        return asked if isinstance(asked, Refusal) else installation_id.parse(asked.pending)

    def accept(self, text: str, now: datetime, method: Method = "telephone") -> Refusal | None:
        """None where the Confirmation ID is right and the server activated. Mistyped names each wrong block."""
        return self._change(now, lambda kept: server_activation.accept(kept, text, self.product, now, method))

    def count_installation_id(self, now: datetime) -> int:
        """How many Installation IDs this computer has made, with one that is about to be made for licences.

        Counted here, so that the loss of the licences does not make it begin anew: an Installation ID that was
        answered once must not be made a second time.
        """
        counted = self._changed(now, lambda kept: replace(kept, counter=kept.counter + 1))
        assert isinstance(counted, ServerActivation), "to count is never refused"  # noqa: S101
        return counted.counter

    def reminder_is_due(self, now: datetime, *, at_logon: bool = False) -> bool:
        """Whether to remind now, and that it was done (rule 6)."""
        state = self.state(now)
        due = server_activation.reminder_is_due(self.activation, state, self.product, now, at_logon=at_logon)
        if due:
            self._change(now, lambda kept: replace(kept, reminded_at=now))
        return due

    def _change(
        self, now: datetime, change: Callable[[ServerActivation], ServerActivation | Refusal]
    ) -> Refusal | None:
        after = self._changed(now, change)
        return after if isinstance(after, Refusal) else None

    def _changed(
        self, now: datetime, change: Callable[[ServerActivation], ServerActivation | Refusal]
    ) -> ServerActivation | Refusal:
        def ticked(kept: ServerActivation | None) -> ServerActivation | Refusal:
            kept = self._checked(kept) if kept else server_activation.installed(now)
            return change(server_activation.tick(kept, self.components, self.product, now))

        return self._file.changed(ticked)

    def _checked(self, kept: ServerActivation) -> ServerActivation:
        """Damaged where it says that it is activated, but no clearinghouse did. Whoever wrote it can seal it, too."""
        claimed = kept.product_key, kept.confirmed
        if claimed != self._proven:  # a signature takes a tenth of a second to check
            if not server_activation.is_proven(kept, self.product):
                raise damaged(
                    self._file.path, _WHAT, "says that it is activated, but the clearinghouse did not confirm it"
                )
            self._proven = claimed
        return kept
