"""The pages of the operator's desk under `/desk`, put together. What is decided is decided by the desk itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint

from activation_core.clearinghouse.casework import Casework
from activation_core.clearinghouse.operator_pages.audit_pages import add_audit
from activation_core.clearinghouse.operator_pages.case_pages import add_cases
from activation_core.clearinghouse.operator_pages.door import add_sign_out
from activation_core.clearinghouse.operator_pages.gate import Gate
from activation_core.clearinghouse.operator_pages.queue_pages import add_queue
from activation_core.clearinghouse.records import Records
from activation_core.clearinghouse.staff import Staff
from activation_core.page_texts import Languages


def operator_pages(
    gate: Gate, staff: Staff, casework: Casework, records: Records, languages: Languages, now: Callable[[], datetime]
) -> Blueprint:
    """All that is behind the gate; what is nested in it, is so as well. `languages` are those that callers hear."""
    blueprint = Blueprint("desk", __name__, url_prefix="/desk", template_folder="templates", static_folder="static")
    gate.guard(blueprint)
    add_sign_out(blueprint, gate, staff.sign_in, now)
    add_queue(blueprint, casework, records, languages, now)
    add_cases(blueprint, casework, records, languages, now)
    add_audit(blueprint, staff.audit)
    return blueprint
