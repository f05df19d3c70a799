"""What the documentation says is what the code does. `make docs` writes the generated parts anew."""

import re
import sys
from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

HOUSE = Path(__file__).parents[1]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests"), str(HOUSE / "tests/ivr/simulator")]

import conformance  # noqa: E402
import embedding  # noqa: E402
import rules  # noqa: E402
import screenshots  # noqa: E402

import app  # noqa: E402
from activation_core.clearinghouse.postgres_connections import CONNECTIONS, PATIENCE  # noqa: E402
from activation_core.refusals import REASONS  # noqa: E402
from ivr.activation_call import ACTIVATION_CALL  # noqa: E402
from ivr.drawing import mermaid, table  # noqa: E402
from ivr.prompt_book.uses import uses  # noqa: E402
from wiring.parts import BUSY_SECONDS  # noqa: E402


def drawing():
    return f"```mermaid\n{mermaid(ACTIVATION_CALL)}```\n\n{table(ACTIVATION_CALL)}"


def refusals():
    rows = ["| code | what it says | what to do next | on the telephone |", "|---|---|---|---|"]
    for code, reason in REASONS.items():
        told = "yes" if reason.on_the_telephone else ""
        rows.append(f"| `{code}` | {reason.words} | {reason.next_step} | {told} |")
    return "\n".join(rows) + "\n"


def prompts():
    books = app.read_books().values()
    rows = ["| locale | language | voice | digits | blocks |", "|---|---|---|---|---|"]
    rows += [
        f"| {b.locale} | {b.language} | {b.voice} | {' '.join(b.digit_words)} | {', '.join(b.block_names)} |"
        for b in books
    ]
    for name, when in uses(ACTIVATION_CALL).items():
        rows += ["", f"### `{name}`", f"{'; '.join(map(use, when))}", ""]
        rows += [f"- {b.locale}: {b.prompts[name]}" for b in books]
    return "\n".join(rows) + "\n"


def use(each):
    steps = ", ".join([*each.steps[:3], *(["…"] if each.steps[3:] else [])])
    return f"{each.when}, at {steps}" if steps else each.when


def subcommands(group):
    context = click.Context(group)
    return {name: group.get_command(context, name) for name in group.list_commands(context)}


def commands(command=app.main, name="app.py"):
    """The help of every command, with those of a group after it."""
    context = click.Context(command, info_name=name, terminal_width=100)
    pages = [f"## `{name}`\n\n```\n{command.get_help(context)}\n```\n"]
    if isinstance(command, click.Group):
        pages += [commands(sub, f"{name} {sub.name}") for sub in subcommands(command).values()]
    return "\n".join(pages)


def groups(command=app.main, name="app.py"):
    if isinstance(command, click.Group):
        yield name, command
        for sub in subcommands(command).values():
            yield from groups(sub, f"{name} {sub.name}")


def demo_call():
    """The first lines of each kind of `app.py demo --seed 1`: a call as it goes."""
    lines = CliRunner().invoke(app.main, DEMO).output.splitlines()
    shown = [line for line in lines if line]
    start = next(i for i, line in enumerate(shown) if line.startswith("The call"))
    kept = [*shown[start + 1 : start + 8], "   …", *shown[start + 18 : start + 23]]
    return "```\n" + "\n".join(line[:110] for line in kept) + "\n```\n"


DEMO = ["demo", "--seed", "1", "--machine", "lab-bench"]

GENERATED = {
    "README.md": {"call": demo_call},
    "ivr/README.md": {"drawing": drawing},
    "ivr/simulator/README.md": {"conformance": conformance.table},
    "activation_core/README.md": {"refusals": refusals},
    "docs/prompts.md": {"prompts": prompts},
    "docs/commands.md": {"commands": commands},
    "docs/rules.md": {"rules": rules.table},
    "docs/screenshots.md": {"pictures": screenshots.index},
    "docs/embedding.md": {"vectors": embedding.vectors},
}
CASES = [(file, part) for file, parts in GENERATED.items() for part in parts]


def part_of(text, part):
    return re.search(rf"(?<=<!-- generated: {part} -->\n).*?(?=<!-- end -->)", text, re.DOTALL)


@pytest.mark.parametrize(("file", "part"), CASES)
def test_a_generated_part_is_fresh(file, part):
    written = part_of((HOUSE / file).read_text("utf-8"), part)
    assert written, f"{file} has no place for {part!r}"
    assert written[0] == GENERATED[file][part](), f"{file} is out of date: make docs"


def test_every_setting_is_described_with_its_default():
    text = (HOUSE / "docs/settings.md").read_text("utf-8")
    for setting in fields(app.Settings):
        assert re.search(
            rf"^\| `{setting.name.upper()}` \| `?{re.escape(str(setting.default or 'none'))}`? \|", text, re.M
        ), setting.name
    described = {name.lower() for name in re.findall(r"^\| `([A-Z_]+)`", text, re.M)}
    assert described == {setting.name for setting in fields(app.Settings)}


def test_the_page_on_postgresql_has_the_connections_and_time_outs_of_the_code():
    page = (HOUSE / "docs/postgresql.md").read_text("utf-8")
    assert f"holds {CONNECTIONS} connections at most" in page
    told = [float(seconds) for seconds in re.findall(r"^\| .+? \| (\d+) \|", page, re.M)]
    busy = BUSY_SECONDS
    assert told == [busy, busy, busy + PATIENCE, 2 * busy]


def test_the_two_commands_of_the_readme_are_targets_of_the_makefile():
    readme, makefile = ((HOUSE / name).read_text("utf-8") for name in ("README.md", "Makefile"))
    named = set(re.findall(r"^make (\w+)", readme, re.M))
    assert {"run", "test"} <= named
    assert all(re.search(rf"^{target}:", makefile, re.M) for target in named)


COMMAND = r"^(?:(?:\.venv/bin/python |uv run )?app\.py|(?:\.venv/bin/)?phone-activation) (.*)$"


@pytest.mark.parametrize(
    "path", sorted(HOUSE.glob("*.md")) + sorted(HOUSE.glob("*/README.md")) + sorted(HOUSE.glob("docs/*.md"))
)
def test_every_link_and_every_command_in_the_documentation_exists(path):
    text = path.read_text("utf-8")
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (path.parent / link).exists(), link
    for line in re.findall(COMMAND, text, re.M):
        command = app.main
        for word in line.split():
            if not isinstance(command, click.Group) or word.startswith("-"):
                break
            assert word in subcommands(command), f"{path.name}: app.py {line}"
            command = subcommands(command)[word]


def test_no_document_names_a_path_of_one_machine():
    for path in HOUSE.glob("**/*.md"):
        if not any(part.startswith(".") or part == "node_modules" for part in path.relative_to(HOUSE).parts):
            assert not re.search(r"/(home|root|work|Users)/", path.read_text("utf-8")), path


def write():
    for file, parts in GENERATED.items():
        text = (HOUSE / file).read_text("utf-8")
        for part, generate in parts.items():
            old = part_of(text, part)
            text = text[: old.start()] + generate() + text[old.end() :]
        (HOUSE / file).write_text(text, "utf-8")


if __name__ == "__main__":
    write()


@pytest.mark.parametrize(("name", "group"), list(groups()))
def test_the_list_of_commands_is_whole_in_a_terminal_of_80_columns(name, group):
    _, _, listed = group.get_help(click.Context(group, info_name=name, terminal_width=80)).partition("Commands:\n")
    assert not [line for line in listed.splitlines() if line.endswith("...")]
