"""Computers that are activated, and a clearinghouse that answers them: what several tests of this folder need."""

from datetime import UTC, datetime
from pathlib import Path

from activation_core import codes, confirmation_id, installation_id, short_signature
from activation_core.cals import Licences
from activation_core.codes import Code, Kind
from activation_core.installation_id import InstallationId, Operation
from activation_core.machine.cal_store import CalStore
from activation_core.machine.server import Server
from activation_core.products import Pack, Product
from activation_core.roles import Actor

ISSUING_KEY, SECRET = b"an issuing key", 0x1234567890ABCDEF << 180
PACKS = (Pack(5, "device"), Pack(20, "device"), Pack(5, "user"), Pack(20, "user"))
PRODUCT = Product(7, "Harbor", packs=PACKS, upgrades_from=(3,), public_keys={0: short_signature.public_key(SECRET)})
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA, BOB, EVE = Actor("ada", "administrator"), Actor("bob", "delegated"), Actor("eve", "user")

_KINDS = ("product_uuid", "disk", "network", "machine_id", "volume", "board", "cpu", "memory")


def hardware(name: str) -> dict[str, str]:
    return {kind: f"the {name} {kind}" for kind in _KINDS}


def product_key(serial: int) -> Code:
    return codes.issue(Kind.PRODUCT_KEY, PRODUCT.number, serial, ISSUING_KEY)


def license_code(serial: int) -> Code:
    return codes.issue(Kind.LICENSE_CODE, PRODUCT.number, serial, ISSUING_KEY)


def answer(digits: str, code: Code, grant: int = 0) -> str:
    """What the clearinghouse says to this Installation ID, whoever asks."""
    return confirmation_id.sign(SECRET, installation_id.parse(digits), code, grant).digits


def activated(home: Path, name: str = "first", serial: int = 1) -> Server:
    """The server in this folder, activated; the one that is there already, as after a restart."""
    server, key = Server(home, PRODUCT, hardware(name), NOW), product_key(serial)
    if not server.is_activated(NOW):
        assert server.enter_product_key(key.text, NOW) is None
        asked = server.installation_id(NOW)
        assert isinstance(asked, InstallationId)
        assert server.accept(answer(asked.digits, key), NOW) is None
    return server


def add(store: CalStore, *serials: int, grant: int = 0, operation: Operation = Operation.ADD) -> Licences:
    """A whole run of the wizard, each code confirmed with this grant."""
    for serial in serials:
        refusal = store.add_code(ADA, operation, license_code(serial).text, NOW)
        assert refusal is None, refusal
    for number, entry in enumerate(store.licences.entries, 1):
        said = answer(entry.installation_id, codes.parse(entry.code), grant)
        assert store.accept(ADA, number, said, NOW) is None
    assert store.end_run(ADA, NOW) is None
    return store.licences
