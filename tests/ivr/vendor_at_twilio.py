"""A vendor who takes real calls: settings as anybody sets them, a server, and accounts at Twilios on this machine.

Twilio rings what `app.py numbers sync` has set there, and signs with the account's own token.
"""

import threading
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
from click.testing import CliRunner

import app
from ivr.simulator.carrier import Carrier
from ivr.simulator.message_service import MessageService
from ivr.simulator.rehearsal import dialling
from ivr.simulator.scenario import Caller, line_of, parse
from ivr.twilio_account import sid_of

PUBLIC_URL = "https://activation.example"
CUSTOMER = "+447400123456"


class Vendor:
    def __init__(self, monkeypatch, server, twilios):
        self._monkeypatch, self._server, self.twilios = monkeypatch, server, twilios
        self._calls = count(1)

    def set(self, **settings):
        """What takes a line of the settings, and a new start."""
        for name, value in settings.items():
            self._monkeypatch.setenv(name, value)
        self._server.set_app(app.create_app())

    def run(self, *command, status=0):
        app.parts_of_this_run.cache_clear()
        done = CliRunner().invoke(app.main, command)
        assert done.exit_code == status, done.output
        return done.output

    def number_told(self):
        """What the vendor tells whoever asks from Great Britain."""
        with self._client() as client:
            return client.get(f"{PUBLIC_URL}/access-numbers?region=GB").json()["number"]["e164"]

    def call(self, number, script, shown="", token="", meanwhile=None):
        """The customer's call, which must go as the script says; what was written down, None where nobody is rung.

        `meanwhile` happens while the Installation ID is under way.
        """
        rung = next(filter(None, (twilio.rung(number) for twilio in self.twilios)), None)
        if rung is None:
            return None
        account, entry = rung
        caller = Caller(parse(number, f"calls from GB with {CUSTOMER}\n{script}"), shown, app.read_books())
        with self._client() as client:
            carrier = Carrier(
                client,
                auth_token=token or self.twilio(account).tokens[account],
                voice_url=entry["voice_url"],
                fallback_url=entry["voice_fallback_url"],
                status_url=entry["status_callback"],
                messages=Handset(self.twilios),
            )
            call = dialling("GB", number, f"call {next(self._calls)}", CUSTOMER)
            line = _interrupted(line_of(caller, []), meanwhile)
            self.events = carrier.place(replace(call, account_sid=sid_of(account)), line)
        return "".join(caller.written)

    def twilio(self, account):
        return next(twilio for twilio in self.twilios if account in twilio.status)

    def texted(self, account):
        """How many text messages this account has sent to the customer."""
        return len(self.twilio(account).messages[account].arrived(CUSTOMER))

    def asked(self, account):
        """How often something was asked of Twilio by this account."""
        return sum(account == each for _, each, _ in self.twilio(account).asked)

    def _client(self):
        return httpx.Client(transport=_Internet(self._server.server_port))


class Handset(MessageService):
    """The customer's: text messages arrive whoever sent them."""

    def __init__(self, twilios):
        super().__init__()
        self._services = [service for twilio in twilios for service in twilio.messages.values()]

    def arrived(self, number):
        return [message for service in self._services for message in service.arrived(number)]


class _Internet(httpx.BaseTransport):
    """Where the vendor's name leads to the vendor's server."""

    def __init__(self, port):
        self._port, self._http = port, httpx.HTTPTransport()

    def handle_request(self, request):
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        there = httpx.Request(request.method, url, headers=request.headers, content=request.read())
        return self._http.handle_request(there)

    def close(self):
        self._http.close()


def _interrupted(line, meanwhile):
    happenings, notice = [meanwhile] if meanwhile else [], line.notice

    def noticed(event):
        if event.kind == "gathered" and happenings:
            happenings.pop()()
        notice(event)

    line.notice = noticed
    return line


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def answering():
    """A server over real HTTP, whose application is still to be set."""
    with make_server("127.0.0.1", 0, None, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server
        server.shutdown()
