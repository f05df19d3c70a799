"""A staged site: servers of one company in a folder, and the clearinghouse that gave them their licences."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from activation_core.clearinghouse import keys
from activation_core.machine import staged_site
from activation_core.machine.computer import LicensedComputer
from activation_core.machine.simulated_hardware import KeptHardware
from activation_core.machine.staged_site import StagedSite, Vendor
from activation_core.machine.staged_site_cli import env_file
from activation_core.refusals import Refusal
from wiring.data_files import reading
from wiring.parts import now, open_parts
from wiring.settings import Settings


def staged_site_in(folder: Path, seed: int) -> StagedSite:
    whole, chance = folder.resolve(), random.Random(seed)  # noqa: S311 (demo keys)
    private = Settings(
        database_url=f"sqlite:///{whole}/clearinghouse/clearinghouse.db", key_folder=f"{whole}/clearinghouse/keys"
    )
    for name in ("audit", "sign-in", "throttle"):  # each drawn apart, so that the seed's codes do not depend on them
        keys.secret(Path(private.key_folder), name, random.Random(f"{seed} {name}").randbytes)  # noqa: S311
    parts = open_parts(private, chance.randbytes)
    product = next(iter(parts.products.values()))

    def computer(name: str, profile: str) -> LicensedComputer:
        home = folder / name
        KeptHardware(home).choose(profile)
        env_file(folder, name).write_text(
            f"DATABASE_URL='{private.database_url}'\nKEY_FOLDER='{private.key_folder}'\n"
            f"CALLS_FILE='{whole / name}/calls.db'\n"
            f"MACHINE_FOLDER='{whole / name}'\nSITE_FOLDER='{whole / 'site'}'\n",
            "utf-8",
        )
        return LicensedComputer(name, home, folder / "site", product, reading(profile).components, now())

    def confirm(text: str) -> str:
        answer = parts.desk.confirm(text, "operator", now())
        if isinstance(answer, Refusal):
            raise ValueError(answer.words)
        return "".join(answer.blocks)

    vendor = Vendor(
        product_key=lambda: parts.desk.issue(product.number, 1, product.terms[0], chance.randrange, now())[0],
        license_code=lambda pack: parts.desk.issue(product.number, 1, product.pack(pack), chance.randrange, now())[0],
        confirm=confirm,
    )
    staged = staged_site.stage(folder, computer, vendor, now())
    (folder / "quay" / f"product-{product.number}" / "licences.json").unlink()  # lost
    shutil.rmtree(folder / staged_site.DEAD[0])
    env_file(folder, staged_site.DEAD[0]).unlink()
    parts.records.store.close()
    return staged
