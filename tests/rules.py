"""The 63 rules of the system, a line each, with the page and the command that keep them: docs/rules.md."""

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

HOUSE = Path(__file__).parents[1]


class Rule(NamedTuple):
    words: str
    page: str = ""
    command: str = ""


RULES = {
    1: Rule("Registration is apart from activation, optional, offered now or later.", "register", "register now"),
    2: Rule("No name is needed to activate; the wizards link the privacy policy.", "add/welcome", "guide"),
    3: Rule("Activation enforces how many computers a key is for, and core services depend on it.", "", "connect"),
    4: Rule("A server must be activated after Setup, or came activated by its manufacturer.", "activate", "status"),
    5: Rule("A grace period in which everything works, 30 days unless the product says otherwise.", "", "status"),
    6: Rule("Reminders at each logon and at intervals.", "logon", "logon"),
    7: Rule("Grace over: licensing tasks stop, or core services too.", "", "status"),
    8: Rule("Advice to activate before anybody depends on the server.", "activate", "status"),
    9: Rule("The product key is tied to the computer.", "", "activate"),
    10: Rule("The Installation ID is the key with marks of the hardware.", "disclosure", "explain"),
    11: Rule("The Installation ID serves for activation only.", "disclosure", "explain"),
    12: Rule("The same key on another computer fails.", "activate", "activate"),
    13: Rule("By Internet, applied by itself, or by telephone.", "activate", "activate"),
    14: Rule("Many ways in: prompt, menu, key icon, command, To Do List.", "", "activate"),
    15: Rule("By telephone: region, number, Installation ID, answer, boxes, the next.", "activate", "installation-id"),
    16: Rule("An automated line, or a person.", "activate", ""),
    17: Rule("After significant hardware changes it is activated again, by telephone.", "activate", "status"),
    18: Rule("A client access license is for a device or for a user.", "", "list"),
    19: Rule("Five are included and need no activation.", "", "list"),
    20: Rule("More clients need more licenses.", "", "connect"),
    21: Rule("The license of a client's own system gives no access.", "agreement", ""),
    22: Rule("Every connection for mail, file, print or remote access needs one.", "usage", "connect"),
    23: Rule("One user at two workstations is two connections.", "usage", "connect"),
    24: Rule("Licenses come as codes; a code stands for a group of licenses.", "add/codes", "add"),
    25: Rule("Packs of 5 or 20.", "", "list"),
    26: Rule("A license code has 25 characters and stands for one set of licenses.", "add/codes", "add"),
    27: Rule("The server is activated first.", "add", "add"),
    28: Rule("New, reissue, transfer.", "add/kind", "add"),
    29: Rule("New: several codes in a run, each with its own answer.", "add/codes", "add"),
    30: Rule("Reissue: to the same server only, by Internet or telephone.", "add/kind", "add"),
    31: Rule("Reissue after a significant change: a transfer is needed.", "add/kind", "add"),
    32: Rule("Transfer: by telephone only, by a wizard of its own.", "transfer", "transfer"),
    33: Rule(
        "Transfer: an activated server, the codes, several Installation IDs on pages in a row.", "transfer", "ids"
    ),
    34: Rule("Licenses of an earlier version need new or upgrade licenses.", "add/codes", "add"),
    35: Rule("Back up before adding; restoring beats reissuing.", "add/welcome", "back-up"),
    36: Rule("Internet rather than telephone.", "add/method", "guide"),
    37: Rule("The list of codes: add, check, delete a wrong one, next.", "add/codes", "remove"),
    38: Rule("An Installation ID for each code, and one answer for each.", "add/confirmation", "ids"),
    39: Rule("Be ready to write the answers down.", "add/confirmation", "guide"),
    40: Rule("Contact information and Installation IDs can be printed.", "add/confirmation", "print"),
    41: Rule("Afterwards the console shows the new licenses.", "add/done", "list"),
    42: Rule("Four causes of failure, told apart, each with its remedies.", "add/internet", "add"),
    43: Rule("A backup holds licenses only, in a file of one's choice.", "back-up", "back-up"),
    44: Rule("Restoring works on the same computer, from a backup.", "restore", "restore"),
    45: Rule("Without a backup: add or reissue.", "restore", "restore"),
    46: Rule("Backup and restore need an activated server.", "back-up", "back-up"),
    47: Rule("Four wizards, two To Do tasks.", "", "guide"),
    48: Rule("The taskpad: Product ID, installed licenses, maximum usage, table of codes.", "", "list"),
    49: Rule("Maximum usage is polled.", "usage", "usage"),
    50: Rule("The taskpad's tasks, some of which print.", "license-information", "print"),
    51: Rule("License information and history.", "history", "history"),
    52: Rule("Licensing tasks are for administrators; activation is not.", "", "add"),
    53: Rule("The clearinghouse is a party of its own.", "privacy", "activate"),
    54: Rule("Number, Installation ID and boxes stand on one page.", "activate", "ids"),
    55: Rule("Two modes, per server and per device or user, for each product.", "mode", "mode show"),
    56: Rule("Per device or user: licensed once, any server of the site.", "site", "connect"),
    57: Rule("Whoever is unsure stays per server.", "mode", "mode show"),
    58: Rule("Changed once, one way, never back.", "mode", "mode change"),
    59: Rule("A server's licenses can be added to the pool of the site.", "site", "pool add"),
    60: Rule("They are added by an administrator's own act.", "site", "pool add"),
    61: Rule("Administrators or delegated people change the mode.", "mode", "mode change"),
    62: Rule("Locally or remotely.", "mode", "mode change"),
    63: Rule("What a person sees depends on role, product and settings.", "", "status"),
}


def tests_of_rules():
    """Which files hold a test that carries the rule's number."""
    found = defaultdict(set)
    for path in sorted((HOUSE / "tests").rglob("test_*.py")):
        for number in re.findall(r"def test_rule_0*(\d+)_", path.read_text("utf-8")):
            found[int(number)].add(path.relative_to(HOUSE).as_posix())
    return found


def table():
    found = tests_of_rules()
    rows = ["| rule | what it says | tests | page | command |", "|---|---|---|---|---|"]
    for number, rule in RULES.items():
        tests = ", ".join(f"[{Path(path).stem}](../{path})" for path in sorted(found[number]))
        command = f"`licensing {rule.command}`" if rule.command else ""
        rows.append(
            f"| {number} | {rule.words} | {tests} | `/machine{'/' + rule.page if rule.page else ''}` | {command} |"
        )
    return "\n".join(rows) + "\n"
