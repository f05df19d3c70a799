"""The log: one JSON object a line, without anything that could be a code, a key or a telephone number.

Nothing of the kind is logged on purpose; whatever gets into a message all the same, of ours or of a library, is masked
here, where every line goes through.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

LEVELS = ("debug", "info", "warning", "error")
MASK = "***"
_NUMBERS = r"\+?\d(?:[ .,/()_-]*\d){5,}"  # six digits or more, whatever stands between them
_CODES = r"\b[0-9A-Za-z]{5}(?:[ -][0-9A-Za-z]{5}){4}\b|\b[0-9A-HJKMNP-TV-Z]{25}\b"
_SECRETS = r"\b(?=[A-Za-z_+/-]*\d)[A-Za-z0-9_+/-]{20,}={0,2}"  # a long word with a digit in it: call ids, tokens, keys
_TOLD = re.compile(f"{_CODES}|{_SECRETS}|{_NUMBERS}")


def masked(text: str) -> str:
    return _TOLD.sub(MASK, text)


class JsonLines(logging.Formatter):
    """{"at", "level", "logger", "message"}, and "trace" where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
        }
        if record.exc_info:
            told["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(told)


def config(level: str) -> dict[str, Any]:
    """For `logging.config`: everything to standard error, libraries only where something is wrong."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": JsonLines}},
        "handlers": {"lines": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["lines"], "level": "WARNING"},
        "loggers": {
            "activation_core": {"level": level.upper()},
            "ivr": {"level": level.upper()},
            "_granian": {"handlers": ["lines"], "propagate": False},
            "granian.access": {"handlers": ["lines"], "propagate": False},
        },
    }
