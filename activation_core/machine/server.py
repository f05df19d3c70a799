"""The licensed server itself: its activation kept in a file, its hardware, its product.

All rules are in `activation_core.server_activation`; this only remembers. The file is replaced whole, so a
crash at any moment leaves the old one or the new one.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from activation_core import server_activation
from activation_core.installation_id import InstallationId
from activation_core.products import Product
from activation_core.refusals import Refusal
from activation_core.server_activation import Confirmed, ServerActivation, State


class Server:
    """One licensed computer; `home` is the folder of its own that holds `activation.json`."""

    def __init__(self, home: Path, product: Product, components: Mapping[str, str], now: datetime) -> None:
        self.product, self._components = product, components
        self._path = home / "activation.json"
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
        return self._keep(server_activation.enter_product_key(self.activation, text, self.product))

    def installation_id(self) -> InstallationId | Refusal:
        """The Installation ID to show; the same until it is answered."""
        asked = server_activation.ask(self.activation, self._components, self.product)
        if isinstance(asked, Refusal):
            return asked
        activation, shown = asked
        self._keep(activation)
        return shown

    def accept(self, text: str, now: datetime) -> Refusal | None:
        """None where the Confirmation ID is right and the server activated. Mistyped names each wrong block."""
        return self._keep(server_activation.accept(self.activation, text, self.product, now))

    def _keep(self, activation: ServerActivation | Refusal) -> Refusal | None:
        if isinstance(activation, Refusal):
            return activation
        if self._path.exists() and activation == self.activation:
            return None
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
        return None


def _from_json(kept: Mapping[str, Any]) -> ServerActivation:
    confirmed = kept["confirmed"] and Confirmed(
        **{**kept["confirmed"], "at": datetime.fromisoformat(kept["confirmed"]["at"])}
    )
    installed_at = datetime.fromisoformat(kept["installed_at"])
    return ServerActivation(**{**kept, "installed_at": installed_at, "confirmed": confirmed})
