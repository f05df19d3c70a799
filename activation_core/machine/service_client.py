"""How a service of the vendor's asks the licensing service for a connection, and an administrator for the mode.

    licensing = LicensingClient("https://harbor:8000", token)
    with licensing.connect(user="ada", device="desk-7", service="file") as connection:
        ...                      # the user logs on
        connection.logged_on()
        ...                      # and works

The token is a password: beyond this computer, only over https.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

_LOG = logging.getLogger(__name__)


class LicensingError(Exception):
    """There is no license for this, for whatever reason."""


class Refused(LicensingError):
    """The licensing service said no; `code` is stable, the text says why and what to do."""

    def __init__(self, code: str, detail: str, next_step: str, details: Mapping[str, Any]) -> None:
        super().__init__(f"{detail} {next_step}".strip())
        self.code, self.detail, self.next_step, self.details = code, detail, next_step, details


class Unavailable(LicensingError):
    """The licensing service gave no answer, or one that is none of its own."""


class LicensingClient:
    """One licensing service, and the token that it knows the caller by. Times out after so many `seconds`."""

    def __init__(
        self, url: str, token: str, seconds: float = 5.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = url.rstrip("/")
        nothing_open = httpx.Limits(max_keepalive_connections=0)  # between two questions may lie a working day
        self._client = httpx.Client(
            base_url=f"{self._url}/machine/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=seconds,
            transport=transport or httpx.HTTPTransport(limits=nothing_open),
        )

    def connect(self, user: str, device: str, service: str) -> LicensedConnection:
        """A connection that has its license; leave the `with` block to give it back. Refused where none is free."""
        asked = {"user": user, "device": device, "service": service}
        return LicensedConnection(self, self._ask("POST", "/connections", asked)["id"])

    def disconnect_all_of(self, device: str) -> int:
        """Closes what a device left behind that broke down, and says how many."""
        closed: int = self._ask("DELETE", "/connections", device=device)["closed"]
        return closed

    def disconnect_all_by(self, service: str) -> int:
        """Closes what an earlier run of the service left behind, and says how many: for its start."""
        closed: int = self._ask("DELETE", "/connections", service=service)["closed"]
        return closed

    def usage(self) -> dict[str, Any]:
        return self._ask("GET", "/usage")

    def mode(self) -> dict[str, Any]:
        return self._ask("GET", "/mode")

    def change_mode(self, to: str = "per_device_or_user") -> dict[str, Any]:
        return self._ask("POST", "/mode", {"mode": to})

    def pool(self) -> dict[str, Any]:
        return self._ask("GET", "/pool")

    def add_to_pool(self) -> dict[str, Any]:
        """Adds what that server brings to the pool of its site."""
        return self._ask("POST", "/pool")

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        try:
            answer = self._client.request(method, path, json=body, params=query)
        except httpx.TimeoutException as error:
            raise Unavailable(f"The licensing service at {self._url} did not answer in time; try again.") from error
        except httpx.HTTPError as error:
            raise Unavailable(
                f"The licensing service at {self._url} cannot be reached; check that it runs, and the address."
            ) from error
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code == httpx.codes.NO_CONTENT:
            return {}
        try:
            said = answer.json()
        except ValueError:
            said = None
        if not isinstance(said, dict) or (answer.is_error and "code" not in said) or answer.is_redirect:
            raise Unavailable(f"What answers at {self._url} is no licensing service; check the address.")
        if answer.is_server_error:
            raise Unavailable(str(said.get("detail")))
        if answer.is_error:
            raise Refused(said["code"], said.get("detail", ""), said.get("next_step", ""), said.get("details", {}))
        return said


@dataclass(frozen=True)
class LicensedConnection:
    """A connection that has its license until it is closed."""

    _licensing: LicensingClient
    id: str

    def logged_on(self) -> None:
        """The user logged on with success; only then may a temporary license become permanent."""
        self._licensing._ask("POST", f"/connections/{self.id}/logon")

    def close(self) -> None:
        """Gives the license back. One that is closed already is no error."""
        try:
            self._licensing._ask("DELETE", f"/connections/{self.id}")
        except Refused as refused:
            if refused.code != "no_such_connection":
                raise

    def __enter__(self) -> LicensedConnection:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self.close()
        except Unavailable:
            # The work is done; whoever did it must not fail for this.
            _LOG.warning("A connection was not closed: no licensing service. Use disconnect_all_by when it runs again.")
