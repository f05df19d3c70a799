"""Twilio's REST API on this machine: its own client over real HTTP, to a server that each test answers for."""

import json
import threading
from contextlib import contextmanager

from twilio.http.http_client import TwilioHttpClient


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
    """A client whose requests go to this server, instead of api.twilio.com, while it serves."""

    class Here(TwilioHttpClient):
        def request(self, method, url, *args, **kwargs):
            assert url.startswith("https://api.twilio.com/")
            here = url.replace("https://api.twilio.com", f"http://127.0.0.1:{server.server_port}")
            return super().request(method, here, *args, **kwargs)

    try:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield Here(timeout=5, max_retries=0)
    finally:
        server.shutdown()
        server.server_close()
