"""Our application with the public-key signature left out, as the rivals do without one."""

from flask import Flask

import app
from activation_core import short_signature


def create_app() -> Flask:
    short_signature.sign = lambda *_, **__: 1
    return app.create_app()
