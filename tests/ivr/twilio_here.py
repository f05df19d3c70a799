"""Twilio's REST API on this machine: its own client over real HTTP, to a server that each test answers for."""

import json
import threading
from base64 import b64decode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from twilio.http.http_client import TwilioHttpClient

from ivr.number_sync import wanted
from ivr.simulator.message_service import MessageService

POINTED = wanted("https://calls.example")


class JsonAnswers:
    """For a BaseHTTPRequestHandler."""

    def say(self, status, body):
        told = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_):
        pass


@contextmanager
def client_of(server):
    """A client whose requests go to this server, instead of Twilio, while it serves."""

    class Here(TwilioHttpClient):
        def request(self, method, url, *args, **kwargs):
            return super().request(method, here(server, url, kwargs), *args, **kwargs)

    with serving(server):
        yield Here(timeout=5, max_retries=0)


@contextmanager
def serving(server):
    try:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield server
    finally:
        server.shutdown()
        server.server_close()


def here(server, url, options):
    """That address at this server, which is told the host that was meant: it names the region."""
    meant = urlsplit(url)
    assert (meant.scheme, meant.netloc.split(".")[-2:]) == ("https", ["twilio", "com"])
    options["headers"]["Host"] = meant.netloc
    return meant._replace(scheme="http", netloc=f"127.0.0.1:{server.server_port}").geturl()


class Twilio(ThreadingHTTPServer):
    """Accounts as Twilio documents them: their numbers, two on a page, where these are routed to, and their messages.

    `tokens` are those of each account (AC…, or AC…@ie1). Each region has settings of its own for the same numbers.
    `status` is that of the account, or of HTTP where a whole region is out of order.
    """

    def __init__(self, tokens):
        super().__init__(("127.0.0.1", 0), Answers)
        self.tokens, self.numbers = tokens, {account: {} for account in tokens}
        self.messages = {account: MessageService() for account in tokens}
        self.routes, self.status = {}, dict.fromkeys(tokens, "active")
        self.statuses, self.asked = [], []  # of the next answers; and what was asked of whom with which token

    def rung(self, e164):
        """The account that takes a call to this number, and what is set there for it; None where it takes none."""
        for account, numbers in self.numbers.items():
            region = account.partition("@")[2] or "us1"
            for number in numbers.values():
                if number["phone_number"] == e164 and region == self.routes.get(e164, "us1"):
                    return (account, number) if self.status[account] == "active" else None
        return None

    def own(self, account, e164, *, voice=True, trunk=None, **settings):
        sid = f"PN{int(e164[1:]):032x}"
        entry = dict.fromkeys(POINTED, "") | {"voice_method": "POST", "status_callback_method": "POST"}
        entry |= {"sid": sid, "phone_number": e164, "capabilities": {"voice": voice, "SMS": True}, "trunk_sid": trunk}
        self.numbers[account][sid] = entry | {"account_sid": account.partition("@")[0]} | settings


class Answers(JsonAnswers, BaseHTTPRequestHandler):
    def do_GET(self):
        self._answer({})

    def do_POST(self):
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True)
        self._answer({name: values[0] for name, values in sent.items()})

    def _answer(self, sent):
        twilio, host = self.server, self.headers["Host"].split(".")
        user, _, token = b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")
        account = f"{user}@{host[2]}" if len(host) == 5 else user
        twilio.asked.append((self.command, account, token))
        status = twilio.status.get(account, "active")
        planned = twilio.statuses.pop(0) if twilio.statuses else status if isinstance(status, int) else 200
        path = urlsplit(self.path).path.removesuffix(".json").split("/")[1:]
        if planned != 200:
            self.say(planned, {"code": 20000 + planned, "message": f"no {token}", "status": planned})
        elif token != twilio.tokens.get(account) or (path[1] == "Accounts" and path[2] != user):
            self.say(401, {"code": 20003, "message": "Authenticate", "status": 401})
        elif status != "active" and path[3:]:
            self.say(403, {"code": 20403, "message": "Forbidden", "status": 403})
        else:
            self._told(account, path[1:], sent)

    def _told(self, account, path, sent):
        match path:
            case ["Accounts", sid]:
                self.say(200, {"sid": sid, "status": self.server.status[account]})
            case ["Accounts", _, "IncomingPhoneNumbers"]:
                self.say(200, self._page(account))
            case ["Accounts", _, "IncomingPhoneNumbers", sid]:
                self.say(200, self._changed(self.server.numbers[account][sid], sent))
            case ["Accounts", _, "Messages"]:
                self._sent(account, sent)
            case ["Accounts", _, "Messages", sid]:
                message = self.server.messages[account].look(sid)
                self.say(200 if message.sid else 404, {"sid": sid, "code": message.error, "error_code": message.error})
            case ["PhoneNumbers", e164]:
                self._routed(unquote(e164), sent)

    def _page(self, account):
        place = int(parse_qs(urlsplit(self.path).query).get("Page", ["0"])[0])
        own = list(self.server.numbers[account].values())
        following = f"{urlsplit(self.path).path}?Page={place + 1}" if len(own) > 2 * place + 2 else None
        return {"incoming_phone_numbers": own[2 * place : 2 * place + 2], "next_page_uri": following, "page": place}

    def _changed(self, number, sent):
        names = {"".join(part.capitalize() for part in name.split("_")): name for name in POINTED}
        number |= {names[field]: value for field, value in sent.items()}
        return number

    def _sent(self, account, sent):
        if sent["From"] not in [number["phone_number"] for number in self.server.numbers[account].values()]:
            self.say(400, {"code": 21660, "message": "not a number of this account", "status": 400})
            return
        message = self.server.messages[account].send(sent["To"], sent["Body"])
        self.say(201, {"sid": message.sid, "error_code": message.error, "status": "queued"})

    def _routed(self, e164, sent):
        routes = self.server.routes | ({e164: sent["VoiceRegion"]} if sent else {})
        self.server.routes = routes
        found = e164 in routes
        self.say(200 if found else 404, {"phone_number": e164, "voice_region": routes.get(e164), "code": 20404})


def dialled_here(monkeypatch, twilios):
    """Whatever Twilio's own client asks of an account goes to the server of that account, in all of this process."""
    really = TwilioHttpClient.request

    def request(client, method, url, *args, auth=None, **kwargs):
        return really(client, method, here(twilios[auth[0]], url, kwargs), *args, auth=auth, **kwargs)

    monkeypatch.setattr(TwilioHttpClient, "request", request)
