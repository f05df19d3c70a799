"""The licensed server itself: its activation kept in a file, its hardware, its product.

All rules are in `activation_core.server_activation`; this only remembers. The file is replaced whole, so a
crash at any moment leaves the old one or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from activation_core import installation_id, server_activation
from activation_core.installation_id import InstallationId
from activation_core.products import Product
from activation_core.refusals import Refusal
from activation_core.server_activation import Confirmed, ServerActivation, State


class Server:
    """One licensed computer; `home` is the folder of its own that holds `activation.json`."""

    def __init__(self, home: Path, product: Product, components: Mapping[str, str], now: datetime) -> None:
        self.product, self._components = product, components
        self._path, self._lock = home / "activation.json", threading.Lock()
        if not self._path.exists():
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._keep(ServerActivation(installed_at=now))

    @property
    def activation(self) -> ServerActivation:
        return _from_json(json.loads(self._path.read_text()))

    def state(self, now: datetime) -> State:
        return server_activation.state(self.activation, self._components, self.product, now)

    def enter_product_key(self, text: str) -> Refusal | None:
        """None where the key is accepted. Mistyped names the group that is wrong."""
        return self._change(lambda kept: server_activation.enter_product_key(kept, text, self.product))

    def installation_id(self) -> InstallationId | Refusal:
        """The Installation ID to show; the same until it is answered."""
        refusal = self._change(lambda kept: server_activation.ask(kept, self._components, self.product))
        return refusal or installation_id.parse(self.activation.pending)

    def accept(self, text: str, now: datetime) -> Refusal | None:
        """None where the Confirmation ID is right and the server activated. Mistyped names each wrong block."""
        return self._change(lambda kept: server_activation.accept(kept, text, self.product, now))

    def _change(self, change: Callable[[ServerActivation], ServerActivation | Refusal]) -> Refusal | None:
        """Read, change and keep, one at a time: two threads of a page would undo each other's."""
        with self._lock:
            before = self.activation
            after = change(before)
            if isinstance(after, Refusal):
                return after
            if after != before:
                self._keep(after)
            return None

    def _keep(self, activation: ServerActivation) -> None:
        descriptor, draft = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        try:
            with os.fdopen(descriptor, "w") as file:
                json.dump(asdict(activation), file, default=datetime.isoformat, indent=2)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(self._path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)  # it holds the product key
            raise


def _from_json(kept: Mapping[str, Any]) -> ServerActivation:
    confirmed = kept["confirmed"] and Confirmed(
        **{**kept["confirmed"], "at": datetime.fromisoformat(kept["confirmed"]["at"])}
    )
    installed_at = datetime.fromisoformat(kept["installed_at"])
    return ServerActivation(**{**kept, "installed_at": installed_at, "confirmed": confirmed})
