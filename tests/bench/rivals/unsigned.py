"""Our application with the public-key signature left out, as the rivals do without one."""

from flask import Flask

from activation_core import short_signature
from wiring import serving


def application() -> Flask:
    short_signature.sign = lambda *_, **__: 1
    return serving.application()
