"""Parts → the web application: what callers, vendors and operators reach, and the pages of this machine."""

from __future__ import annotations

import secrets

from flask import Flask, Response, render_template

from activation_core.access_numbers import REGIONS
from activation_core.clearinghouse import web, web_form
from activation_core.clearinghouse.health import health
from activation_core.clearinghouse.operator_pages.blueprint import operator_pages
from activation_core.clearinghouse.operator_pages.door import door
from activation_core.clearinghouse.operator_pages.gate import Gate
from activation_core.clearinghouse.request_limits import limit_requests
from activation_core.machine.pages.guard import close
from ivr.activation_call import ACTIVATION_CALL
from ivr.blocks_aloud import BlocksAloud
from ivr.simulator.message_service import MessageService
from ivr.speech.routes import speech_routes
from ivr.tally.metrics import metrics
from ivr.tally.today import today
from wiring.data_files import DATA
from wiring.parts import Parts, now
from wiring.settings import Settings, current_settings
from wiring.voice import TelephoneDesk, texts_of, voice

LOCAL_PAGES = ("calls", "machine", "phone", "prompts")  # without a password, for a person at this machine
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)


def create_app(settings: Settings | None = None, messages: MessageService | None = None) -> Flask:
    """`messages` takes the text messages of calls where none shall leave this machine."""
    settings = settings or current_settings()
    parts = Parts(settings)
    app = Flask(__name__, static_folder=DATA / "pages/static", template_folder=str(DATA / "pages/templates"))
    limit_requests(app)
    desk = TelephoneDesk(parts.desk, bool(settings.operator_number), now, parts.under_way)
    texts = parts.texts(lambda account: [messages], REGIONS) if messages else texts_of(settings, parts)
    webhooks = voice(settings, parts, desk, parts.tallies.add, texts)
    app.wsgi_app = webhooks.before(app.wsgi_app)  # type: ignore[assignment, method-assign]
    app.register_blueprint(web.web(parts.directory, parts.desk, now))
    app.register_blueprint(speech_routes(parts.speech))
    gate = Gate(parts.staff.sign_in, settings.public_url, now)
    app.register_blueprint(door(gate, parts.staff, now, secrets.token_urlsafe))
    app.register_blueprint(operator_pages(gate, parts.staff, parts.casework, parts.records, parts.languages, now))
    app.register_blueprint(today(ACTIVATION_CALL, parts.tallies, gate.guard, now))
    app.register_blueprint(metrics(parts.tallies.in_all, settings.metrics_token, settings.shows_local_pages))
    app.register_blueprint(health(parts.readiness(settings)))
    aloud = BlocksAloud(parts.books, parts.speech)
    app.register_blueprint(web_form.web_form(parts.desk, parts.directory, parts.languages, now, aloud))
    if settings.shows_local_pages:
        # Most of both packages, which nobody waits for where they are not shown.
        from wiring.local_pages import add_local_pages

        add_local_pages(app, settings, parts, desk, messages or MessageService())
    else:
        close(app, LOCAL_PAGES)
    app.after_request(_secured)
    app.add_url_rule("/", view_func=lambda: render_template("home.html"), endpoint="home")
    return app


def _secured(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"  # browsers then say where a form came from
    return response
