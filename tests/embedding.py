"""The vectors of docs/embedding.md: written by this project's signer, checked by py_ecc in test_embedding.py."""

import json

from activation_core import codes, confirmation_id, hardware, installation_id, short_signature
from activation_core.codes import Kind
from activation_core.installation_id import Operation

ISSUING_KEY, SECRET = b"issuing key of the vectors", 0x0123456789ABCDEF << 184
COMPONENTS = {"product_uuid": "example", "disk": "example", "network": "example", "cpu": "example"}
CASES = [
    (Operation.ACTIVATE, Kind.PRODUCT_KEY, 0, 1, True),
    (Operation.ADD, Kind.LICENSE_CODE, 1, 2, True),
    (Operation.TRANSFER, Kind.LICENSE_CODE, 9, 16383, True),
    (Operation.ACTIVATE, Kind.PRODUCT_KEY, 0, 1, False),  # signed for another grant
]


def case(operation, kind, grant, counter, good):
    code = codes.issue(kind, 1, 4_000_000_000 + counter, ISSUING_KEY)
    asked = installation_id.make(operation, code, 0, hardware.tags(code.key, COMPONENTS), counter)
    answer = confirmation_id.sign(SECRET, asked, code, grant if good else grant + 1)
    message = confirmation_id.message(asked, code, grant)
    shown = answer if good else confirmation_id.ConfirmationId(grant, answer.signature)
    return {
        "code": code.text,
        "installation_id": asked.digits,
        "message": message.hex(),
        "hash_to_curve": [f"{value:064x}" for value in short_signature.hash_to_curve(message, confirmation_id.TAG)],
        "confirmation_id": shown.digits,
        "grant": grant,
        "valid": good,
    }


def vectors():
    whole = {"public_key": short_signature.public_key(SECRET).hex(), "cases": [case(*one) for one in CASES]}
    return f"```json\n{json.dumps(whole, indent=1)}\n```\n"
