"""Known holes in the locked dependencies, as pip-audit finds them; what could not be looked up is no all-clear.

    python tests/dependency_audit.py [--if-reachable]

Exit status 1 where there is a hole, 2 where something could not be looked up: with --if-reachable that is only said.
Needs uv and the Internet. What can be told without them is in test_dependencies.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).parents[1]
LONGEST = 100  # seconds


def locked() -> list[dict[str, Any]]:
    """The packages of uv.lock, without our own."""
    packages = tomllib.loads((HOUSE / "uv.lock").read_text("utf-8"))["package"]
    return [package for package in packages if "editable" not in package["source"]]


def rounds(packages: list[dict[str, Any]]) -> list[list[str]]:
    """Pinned versions, no name twice in a round: for another Python another one may be locked."""
    versions: dict[str, list[str]] = {}
    for package in packages:
        versions.setdefault(package["name"], []).append(f"{package['name']}=={package['version']}")
    return [[pin for pin in of_round if pin] for of_round in zip_longest(*versions.values())]


def looked_up(pinned: list[str]) -> list[dict[str, Any]]:
    """What pip-audit says of each, nothing where it says nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pinned))
        file.flush()
        command = ["uvx", "pip-audit", "--no-deps", "--disable-pip", "--format=json", "--requirement", file.name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
            return list(json.loads(done.stdout)["dependencies"])
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            print(f"pip-audit says nothing: {error}", file=sys.stderr)
            return []


def holes(found: list[dict[str, Any]]) -> Iterator[str]:
    for each in found:
        for hole in each.get("vulns", ()):
            mended = ", ".join(hole["fix_versions"]) or "no version yet"
            yield f"HOLE: {each['name']} {each['version']}: {hole['id']}, mended in {mended}"


def judged(pinned: list[str], found: list[dict[str, Any]]) -> tuple[list[str], int]:
    """What to say, and the exit status."""
    seen = {f"{each['name']}=={each['version']}" for each in found if "skip_reason" not in each}
    unseen = [pin for pin in pinned if pin not in seen]
    told = list(holes(found))
    said = [*told, f"{len(pinned) - len(unseen)} of {len(pinned)} locked dependencies were looked up."]
    if unseen:
        said.append(f"NOT LOOKED UP, which is no all-clear: {len(unseen)}, such as {unseen[0]}. Run: make audit")
    return said, 1 if told else 2 if unseen else 0


if __name__ == "__main__":
    asked = rounds(locked())
    said, status = judged(list(chain(*asked)), [each for pinned in asked for each in looked_up(pinned)])
    print("\n".join(said))
    sys.exit(0 if status == 2 and "--if-reachable" in sys.argv else status)
