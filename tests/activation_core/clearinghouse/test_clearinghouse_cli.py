"""The operator's commands, run against a real SQLite file."""

import json
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, get_args

import click
import pytest
from click.testing import CliRunner, Result

from activation_core import codes, confirmation_id, installation_id, products, short_signature
from activation_core.access_numbers import REGIONS, Directory
from activation_core.clearinghouse.casework import Casework
from activation_core.clearinghouse.cli import COMMANDS, WHY_GIVEN, Office
from activation_core.clearinghouse.desk import Desk
from activation_core.clearinghouse.keys import KeysExposed, open_keys, public_keys
from activation_core.clearinghouse.keys_cli import keys as keys_command
from activation_core.clearinghouse.passwords import Passwords
from activation_core.clearinghouse.records import Grounds
from activation_core.clearinghouse.sql_records import SqlRecords
from activation_core.clearinghouse.sqlite_store import SqliteStore
from activation_core.clearinghouse.staff import open_staff
from activation_core.codes import Kind
from activation_core.installation_id import Operation
from activation_core.products import Product, Products

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DATA = Path(__file__).parents[3] / "data"
PRODUCTS: Products = {
    1: Product(1, "Harbor Server", terms=("standard", "site")),
    2: Product(2, "Harbor Team", installs_per_key=3),
}
ALICES, BOBS = 0x11111111, 0x22222222

Run = Callable[..., Result]


def opened_too_early() -> Any:
    raise AssertionError("this command does not need it")


@pytest.fixture
def clock() -> Iterator[datetime]:
    return (NOON + timedelta(minutes=n) for n in range(1000))


@pytest.fixture
def office(tmp_path: Path, clock: Iterator[datetime]) -> Office:
    keys = open_keys(tmp_path / "keys", PRODUCTS, False, Random(1).randbytes)
    store = SqliteStore(tmp_path / "clearinghouse.db")
    desk, staff = Desk(PRODUCTS, keys, SqlRecords(store)), open_staff(store, b"seal", b"count", Passwords(1, 32))
    return Office(
        desk=lambda: desk,
        products=lambda: PRODUCTS,
        keys=lambda: keys,
        key_folder=lambda: tmp_path / "keys",
        directory=lambda: Directory.parse(tomllib.loads((DATA / "access_numbers.toml").read_text("utf-8"))),
        staff=lambda: staff,
        casework=lambda: Casework(desk, staff.audit, store),
        audit_mark=lambda: tmp_path / "keys/audit.seen",
        user=lambda: "clerk",
        now=lambda: next(clock),
        randbelow=Random(1).randrange,
        randbytes=Random(1).randbytes,
    )


def runner(office: Office) -> Run:
    group = click.Group("app.py", commands=[*COMMANDS, keys_command])

    def run(*arguments: str, status: int = 0) -> Result:
        result = CliRunner().invoke(group, arguments, obj=office)
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture
def run(office: Office) -> Run:
    return runner(office)


@pytest.fixture
def key(run: Run) -> str:
    """A product key that was just issued."""
    return run("issue", "product-keys", "1").stdout.strip()


def an_id(code: str, hardware: int = ALICES, counter: int = 0, operation: Operation = Operation.ACTIVATE) -> str:
    return installation_id.make(operation, codes.parse(code), 0, hardware, counter).digits


def wrong(text: str, place: int) -> str:
    return text[:place] + ("3" if text[place] != "3" else "4") + text[place + 1 :]


# issue


def test_issue_prints_a_product_key_a_line(run: Run) -> None:
    lines = run("issue", "product-keys", "1", "--count", "3").stdout.splitlines()

    assert [codes.parse(line).shown for line in lines] == lines
    assert len(set(lines)) == 3
    assert {(code.kind, code.product) for code in map(codes.parse, lines)} == {(Kind.PRODUCT_KEY, 1)}


@pytest.mark.parametrize("product", ["2", "Harbor Team", "harbor team", "  HARBOR   TEAM "])
def test_a_product_is_given_by_number_or_by_name(run: Run, product: str) -> None:
    assert codes.parse(run("issue", "product-keys", product).stdout).product == 2


def test_issue_as_json_says_what_each_key_is_for(run: Run) -> None:
    (made,) = json.loads(run("issue", "product-keys", "1", "--terms", "site", "--json").stdout)

    assert codes.parse(made.pop("product_key")).product == 1
    assert made == {"product": 1, "product_name": "Harbor Server", "terms": "site"}


def test_the_terms_of_a_key_come_back_with_its_confirmation(run: Run) -> None:
    key = run("issue", "product-keys", "1", "--terms", "site").stdout

    assert "Grants: site" in run("confirm", an_id(key)).stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["9"], "There is no product '9'. There are: 1 (Harbor Server), 2 (Harbor Team)."),
        (["Harbour"], "There is no product 'Harbour'"),
        (["1", "--count", "0"], "--count"),
        (["1", "--count", "many"], "--count"),
        (["1", "--terms", "gold"], "Harbor Server has standard, site, not 'gold'."),
        ([], "PRODUCT"),
    ],
)
def test_issue_says_what_is_wrong_with_what_was_typed(run: Run, arguments: list[str], told: str) -> None:
    assert told in run("issue", "product-keys", *arguments, status=2).stderr


@pytest.fixture
def pack_code(run: Run) -> str:
    return run("issue", "license-codes", "1", "--pack", "20-user").stdout.strip()


def test_rule_26_issue_prints_a_license_code_a_line(run: Run) -> None:
    lines = run("issue", "license-codes", "harbor server", "--pack", "5-device", "--count", "3").stdout.splitlines()

    assert {(code.kind, code.product) for code in map(codes.parse, lines)} == {(Kind.LICENSE_CODE, 1)}
    assert len(set(lines)) == 3
    assert [len(line.replace("-", "")) for line in lines] == [25] * 3


def test_issue_as_json_says_what_each_license_code_stands_for(run: Run) -> None:
    (made,) = json.loads(run("issue", "license-codes", "1", "--pack", "20-user-upgrade", "--json").stdout)

    assert codes.parse(made.pop("license_code")).kind is Kind.LICENSE_CODE
    assert made == {
        "product": 1,
        "product_name": "Harbor Server",
        "pack": "20-user-upgrade",
        "grants": "20 user upgrade licenses",
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["1"], "Missing option '--pack'"),
        (["1", "--pack", "6-user"], "Harbor Server has 5-device, 20-device, 5-user, 20-user"),
        (["9", "--pack", "5-user"], "There is no product '9'"),
    ],
)
def test_issue_says_which_packs_there_are(run: Run, arguments: list[str], told: str) -> None:
    assert told in " ".join(run("issue", "license-codes", *arguments, status=2).stderr.split())


def test_a_license_code_is_confirmed_shown_and_withdrawn_as_a_product_key_is(run: Run, pack_code: str) -> None:
    shown = an_id(pack_code, operation=Operation.ADD)

    assert "Grants: 20 user licenses" in run("confirm", shown).stdout
    moved = an_id(pack_code, BOBS, operation=Operation.TRANSFER)
    assert json.loads(run("confirm", moved, "--json").stdout)["grounds"] == "transferred"
    assert [line.split()[3] for line in run("activations", "show", pack_code).stdout.splitlines()[1:]] == [
        "new",
        "transferred",
    ]
    assert "is withdrawn" in run("revoke", pack_code).stdout
    assert "Refusal: revoked" in run("confirm", shown, status=1).stderr


def test_every_grounds_of_a_confirmation_has_words() -> None:
    assert set(WHY_GIVEN) == set(get_args(Grounds))


def test_two_products_of_one_name_are_told_apart_by_number(office: Office) -> None:
    twins = {number: Product(number, "Twin") for number in (1, 2)}
    run = runner(replaced(office, products=lambda: twins))

    assert "give the number" in run("issue", "product-keys", "twin", status=2).stderr


def replaced(office: Office, **parts: Any) -> Office:
    return Office(**{**vars(office), **parts})


# revoke


def test_revoke_withdraws_a_key_and_never_prints_it_whole(run: Run, key: str) -> None:
    said = run("revoke", key).stdout

    assert said == f"{codes.parse(key).masked} is withdrawn. No more confirmations are given for it.\n"
    assert "Refusal: revoked" in run("confirm", an_id(key), status=1).stderr


def test_a_code_may_be_typed_in_groups_and_small_letters(run: Run, key: str) -> None:
    run("revoke", *key.lower().split("-"))


def test_revoke_as_json(run: Run, key: str) -> None:
    assert json.loads(run("revoke", key, "--json").stdout) == {"code": codes.parse(key).masked, "revoked": True}


def test_what_was_never_issued_cannot_be_revoked(run: Run) -> None:
    stranger = codes.issue(Kind.PRODUCT_KEY, 1, 5, b"another issuer")

    said = run("revoke", stranger.shown, status=1)

    assert (said.stdout, said.stderr) == (
        "",
        f"{stranger.masked} was never issued here, so there is nothing to withdraw.\n",
    )
    answer = json.loads(run("revoke", stranger.shown, "--json", status=1).stdout)
    assert answer == {"code": stranger.masked, "revoked": False}


def test_a_mistyped_code_is_told_by_its_group(run: Run, key: str) -> None:
    said = run("revoke", wrong(key, 7), status=2).stderr

    assert "group 2" in said
    assert key[:5] not in said


# confirm


def test_confirm_reads_out_thirteen_named_blocks(run: Run, key: str) -> None:
    lines = run("confirm", an_id(key)).stdout.splitlines()

    blocks = [line.split(maxsplit=1) for line in lines[2:15]]
    assert tuple(name for name, _ in blocks) == confirmation_id.BLOCK_NAMES
    assert all(len(block) == 8 and block[3] == " " for _, block in blocks)
    answer = confirmation_id.parse("".join(block for _, block in blocks))
    assert answer.grant == 0


def test_what_confirm_says_is_what_the_computer_accepts(run: Run, office: Office, key: str) -> None:
    shown = an_id(key)

    answer = json.loads(run("confirm", shown, "--json").stdout)

    assert answer["confirmation_id"] == "".join(answer["blocks"].values())
    assert (tuple(answer["blocks"]), answer["grants"], answer["grounds"]) == (
        confirmation_id.BLOCK_NAMES,
        "standard",
        "claimed",
    )
    read = confirmation_id.parse(answer["confirmation_id"])
    public = public_keys(PRODUCTS[1], office.keys())[0]
    assert confirmation_id.verify(public, installation_id.parse(shown), codes.parse(key), read)


def test_an_id_may_be_typed_in_blocks(run: Run, key: str) -> None:
    shown = an_id(key)

    run("confirm", *(shown[i : i + 7] for i in range(0, 49, 7)))


def test_what_an_operator_confirms_is_noted_as_such(run: Run, office: Office, key: str) -> None:
    run("confirm", an_id(key))

    assert office.desk().records.activations(1)[0].channel == "operator"


def test_a_refusal_says_why_what_next_and_its_code(run: Run, key: str) -> None:
    run("confirm", an_id(key, ALICES))

    said = run("confirm", an_id(key, BOBS), status=1)

    assert said.stdout == ""
    assert said.stderr.splitlines() == [
        "This product key is in use on another computer.",
        "Use a product key of its own for this computer, or ask a person if the hardware was changed.",
        "Refusal: in_use",
    ]


def test_a_refusal_as_json(run: Run, key: str) -> None:
    answer = json.loads(run("confirm", wrong(an_id(key), 8), "--json", status=1).stdout)

    assert (answer["code"], answer["details"]) == ("mistyped", {"blocks": [2]})
    assert answer["words"]
    assert answer["next_step"]


def test_an_id_that_is_not_whole_is_told_by_its_length(run: Run, key: str) -> None:
    assert run("confirm", an_id(key)[:7], status=1).stderr.startswith("These are 7 of 49 digits.\n")
    assert "of 49 digits" not in run("confirm", wrong(an_id(key), 8), status=1).stderr


def test_a_mistyped_id_is_told_by_its_block(run: Run, key: str) -> None:
    said = run("confirm", wrong(an_id(key), 8), status=1).stderr

    assert "Check block 2." in said
    assert "Refusal: mistyped" in said


# activations


def test_activations_are_listed_newest_first_and_masked(run: Run, key: str) -> None:
    first, second = an_id(key), an_id(key, counter=1)
    run("confirm", first)
    run("confirm", second)

    header, newest, oldest = run("activations", "list").stdout.splitlines()

    masked = codes.parse(key).masked
    assert header.split("  ")[0] == "Time (UTC)"
    assert newest == f"2026-05-04 12:02  {masked}  same computer  1      operator  {second[-7:-4]} {second[-4:]}"
    assert oldest == f"2026-05-04 12:01  {masked}  new computer   1      operator  {first[-7:-4]} {first[-4:]}"
    assert {line.index("operator") for line in (newest, oldest)} == {header.index("By")}
    assert max(map(len, (header, newest))) <= 80


def test_the_list_is_as_long_as_is_wished(run: Run, key: str) -> None:
    for counter in range(3):
        run("confirm", an_id(key, counter=counter))

    assert len(json.loads(run("activations", "list", "--limit", "2", "--json").stdout)) == 2


def test_an_empty_list_says_so(run: Run) -> None:
    assert run("activations", "list").stderr == "Nothing was confirmed yet.\n"
    assert json.loads(run("activations", "list", "--json").stdout) == []


def test_the_activations_of_a_key_are_shown_oldest_first(run: Run, key: str) -> None:
    ids = [an_id(key), an_id(key, counter=1)]
    for shown in ids:
        run("confirm", shown)
    other = run("issue", "product-keys", "2").stdout.strip()
    run("confirm", an_id(other))

    shown = json.loads(run("activations", "show", key, "--json").stdout)

    assert [given["installation_id"] for given in shown] == ids
    assert shown[0] == {
        "code": codes.parse(key).masked,
        "product": 1,
        "installation_id": ids[0],
        "grounds": "claimed",
        "place": 1,
        "channel": "operator",
        "confirmed_at": "2026-05-04T12:01:00+00:00",
    }


def test_the_activation_of_an_installation_id_is_shown(run: Run, key: str) -> None:
    ids = [an_id(key), an_id(key, counter=1)]
    for shown in ids:
        run("confirm", shown)

    (given,) = json.loads(run("activations", "show", ids[1], "--json").stdout)

    assert (given["installation_id"], given["grounds"]) == (ids[1], "same_machine")
    assert len(run("activations", "show", ids[1]).stdout.splitlines()) == 2


def test_what_was_not_confirmed_is_not_shown(run: Run, key: str) -> None:
    for unknown in (key, an_id(key)):
        assert "No confirmation was given" in run("activations", "show", unknown, status=1).stderr
        assert json.loads(run("activations", "show", unknown, "--json", status=1).stdout) == []


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("12345", "group 2 is missing"),
        ("1" * 49, "block 1"),
        ("8" * 25, "group"),
        ("", "missing"),
        ("0" * 48, "Installation ID"),
        ("\ud800", "group 1"),
    ],
)
def test_show_says_what_is_wrong_with_what_was_typed(run: Run, typed: str, told: str) -> None:
    said = run("activations", "show", typed, status=2).stderr

    assert told in said
    assert "Usage:" in said


def test_no_command_prints_a_code_whole_but_the_one_that_makes_it(run: Run, key: str) -> None:
    shown = an_id(key)
    every = [
        ["confirm", shown],
        ["activations", "list"],
        ["activations", "show", shown],
        ["activations", "show", key],
        ["revoke", key],
        ["hand-overs"],
    ]

    said = "".join(run(*arguments, *form).output for arguments in every for form in ([], ["--json"]))

    assert codes.parse(key).masked in said
    assert key not in said
    assert codes.parse(key).text not in said


# hand-overs


def test_hand_overs_show_what_was_keyed_with_its_place(run: Run, office: Office, key: str) -> None:
    shown, records = an_id(key), office.desk().records
    records.hand_over("CA1", "-------" + shown[7:21] + "-------" * 4, "in_use", "whole_id", "es-US", NOON)
    records.hand_over("CA2", "", "", "", "en-US", NOON + timedelta(hours=1))

    lines = run("hand-overs").stdout.splitlines()

    assert lines == [
        f"{reference(records, 0)}  2026-05-04 13:00 UTC  en-US  not refused",
        f"{reference(records, 1)}  2026-05-04 12:00 UTC  es-US  refused: in_use  whole_id",
        f"  2: {shown[7:10]} {shown[10:14]}   3: {shown[14:17]} {shown[17:21]}",
    ]
    assert json.loads(run("hand-overs", "--json").stdout)[1]["keyed"] == [
        {"place": 2, "digits": shown[7:14]},
        {"place": 3, "digits": shown[14:21]},
    ]


def reference(records: Any, place: int) -> str:
    told = records.hand_overs(2)[place].reference
    return f"{told[:3]} {told[3:]}"


def test_a_whole_id_fits_eighty_columns(run: Run, office: Office, key: str) -> None:
    office.desk().records.hand_over("CA1", an_id(key), "out_of_budget", "whole_id", "es-US", NOON)

    assert max(map(len, run("hand-overs").stdout.splitlines())) <= 80


def test_no_hand_overs_are_said_so(run: Run) -> None:
    assert run("hand-overs").stderr == "Nobody was put through yet.\n"
    assert json.loads(run("hand-overs", "--json").stdout) == []


# keys


def test_keys_can_be_pasted_into_the_products_file(run: Run, office: Office) -> None:
    printed = run("keys").stdout
    for number, product in PRODUCTS.items():
        printed = printed.replace(
            f"# product {number}: {product.name}\n",
            f'[[product]]\nnumber = {number}\nname = "{product.name}"\n',
        )

    pasted = products.parse(tomllib.loads(printed))

    assert {n: dict(p.public_keys) for n, p in pasted.items()} == {
        n: public_keys(p, office.keys()) for n, p in PRODUCTS.items()
    }


def test_keys_as_json(run: Run, office: Office) -> None:
    told = json.loads(run("keys", "--json").stdout)

    assert told[1] == {
        "product": 2,
        "product_name": "Harbor Team",
        "public_keys": {"0": public_keys(PRODUCTS[2], office.keys())[0].hex()},
    }


def test_keys_are_public_ones(run: Run, tmp_path: Path) -> None:
    said = run("keys").output + run("keys", "--json").output

    for path in (tmp_path / "keys").iterdir():
        kept = path.read_text().strip()
        assert kept not in said
        assert f"{int(kept, 16) % (short_signature.ORDER - 1) + 1:x}" not in said


def test_keys_warns_where_the_products_file_has_another_key(office: Office) -> None:
    other = {1: Product(1, "Harbor Server", public_keys={0: short_signature.public_key(3)})}

    said = runner(replaced(office, products=lambda: other))("keys")

    assert "another key for product 1, epoch 0" in said.stderr
    assert public_keys(PRODUCTS[1], office.keys())[0].hex() in said.stdout


# numbers


def test_the_number_of_a_region(run: Run) -> None:
    assert run("numbers", "--region", "at", "--language", "de").stdout.splitlines() == [
        "Österreich: 00 49 30 23125142 (toll, nearest)",
        "This number is an example, kept for fiction: nobody answers it.",
    ]


def test_a_region_without_a_number_is_sent_to_the_web_form(run: Run) -> None:
    assert run("numbers", "--region", "AQ").stdout == "Antarctica: use the web form\n"


def test_the_number_of_a_region_as_json(run: Run) -> None:
    assert json.loads(run("numbers", "--region", "AT", "--json").stdout) == {
        "region": "AT",
        "name": "Austria",
        "why": "nearest",
        "number": "+493023125142",
        "as_dialled": "00 49 30 23125142",
        "example": True,
    }


def test_the_table_of_all_regions_is_in_the_order_of_their_names(run: Run) -> None:
    header, *lines = run("numbers", "--language", "de").stdout.splitlines()

    start = header.index("Country")
    names = [line[start:] for line in lines]
    assert names.index("Österreich") < names.index("Pakistan")
    assert sum(line[:2].isalpha() for line in lines) == len(REGIONS)
    assert max(map(len, lines)) <= 80


def test_the_table_as_json(run: Run) -> None:
    assert {row["region"] for row in json.loads(run("numbers", "--json").stdout)} == REGIONS


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--region", "XX"], "Unknown region 'XX'"),
        (["--region", ""], "Unknown region ''"),
        (["--region", "ß"], "Unknown region 'ß'"),
        (["--language", "klingon"], "'klingon' is no language"),
        (["--language", ""], "'' is no language"),
        (["--language", "../../etc"], "is no language"),
        (["--language", "\x00"], "is no language"),
        (["--language", "d" * 5000], "is no language"),
    ],
)
def test_numbers_says_what_is_wrong_with_what_was_typed(run: Run, arguments: list[str], told: str) -> None:
    assert told in run("numbers", *arguments, status=2).stderr


# All of them


def test_no_command_opens_what_it_does_not_need(office: Office) -> None:
    closed = dict.fromkeys(["desk", "products", "keys", "directory", "staff", "casework"], opened_too_early)

    runner(replaced(office, **{**closed, "directory": office.directory}))("numbers", "--region", "DE")
    runner(replaced(office, **{**closed, "desk": office.desk}))("hand-overs")
    runner(replaced(office, **{**closed, "products": office.products}))("issue", "product-keys", "9", status=2)
    for command in ("issue", "revoke", "confirm", "activations", "hand-overs", "keys", "numbers"):
        runner(replaced(office, **closed))(command, "--help")


@pytest.mark.parametrize(
    "arguments",
    [
        ["issue", "product-keys", "1"],
        ["revoke", codes.issue(Kind.PRODUCT_KEY, 1, 5, b"x").shown],
        ["confirm", "1"],
        ["activations", "list"],
        ["activations", "show", codes.issue(Kind.PRODUCT_KEY, 1, 5, b"x").shown],
        ["hand-overs"],
        ["keys"],
    ],
)
def test_keys_that_are_exposed_stop_every_command_with_one_sentence(office: Office, arguments: list[str]) -> None:
    def exposed(*_: Any) -> Any:
        raise KeysExposed("issuing.key can be read by others.")

    said = runner(replaced(office, desk=exposed, casework=exposed, keys=exposed))(*arguments, status=1)

    assert (said.stdout, said.stderr) == ("", "Error: issuing.key can be read by others.\n")


def test_nothing_is_coloured(run: Run, key: str) -> None:
    for arguments in (["confirm", an_id(key)], ["activations", "list"], ["numbers"], ["--help"]):
        assert "\x1b" not in run(*arguments).output


def test_each_command_says_in_its_help_what_it_does() -> None:
    for command in COMMANDS:
        assert command.help
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, (command.name, parameter.name)
