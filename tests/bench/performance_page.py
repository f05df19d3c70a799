"""docs/performance.md: each script of this folder that measures for it writes its own part."""

from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/performance.md"


def write(part: str, rows: str) -> None:
    """Between `<!-- measured: PART -->` and `<!-- end -->`."""
    before, mark, rest = PAGE.read_text("utf-8").partition(f"<!-- measured: {part} -->\n")
    if not mark:
        raise ValueError(f"{PAGE.name} has no place for {part!r}")
    PAGE.write_text(f"{before}{mark}{rows}\n{rest[rest.index('<!-- end -->') :]}", "utf-8")
