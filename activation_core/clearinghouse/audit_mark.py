"""How far the audit log went at the last look, kept outside of the database: in a file of the key folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from activation_core.clearinghouse.audit import Head


def read(path: Path) -> Head | None:
    """None before the first look. ValueError where the file holds something else."""
    if not path.exists():
        return None
    try:
        number, digest = path.read_text("ascii").split()
        return Head(int(number), digest)
    except ValueError:
        raise ValueError(f"{path} is damaged. Remove it if you know why; the next look begins anew.") from None


def keep(path: Path, head: Head) -> None:
    """Whole or not at all."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{head.number} {head.hash}\n")
    Path(draft).replace(path)
