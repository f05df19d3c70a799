"""What a person reads of a licensed computer in a terminal: lines of 80 columns, made from `as_json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from activation_core import terminal
from activation_core.disclosure import Disclosed

Json = Mapping[str, Any]

MODES = {"per_server": "per server", "per_device_or_user": "per device or user"}
RUNS = {
    "add": "Licenses to add",
    "reissue": "Lost licenses to install again",
    "transfer": "Licenses to transfer to this computer",
}
STATES = {
    "no_product_key": "Not activated: there is no product key yet.",
    "grace": "Not activated yet.",
    "restricted": "Not activated, and the time for it is over: licenses cannot be added or changed.",
    "locked": "Not activated, and the time for it is over: the services of this server are stopped.",
    "activated": "Activated.",
    "activated_by_manufacturer": "Activated by the manufacturer.",
    "reactivation_needed": "To be activated again: the hardware was changed too much to know it again.",
}


def status(value: Json) -> list[str]:
    lines = [f"{value['product_name']} on {value['computer']}", *terminal.paragraph(STATES[value["state"]])]
    if not value["activated"]:
        days, until = value["days_left"], day(value["activate_by"])
        if days:
            lines.append(f"{days} {'day' if days == 1 else 'days'} left, until {until}; its services run until then.")
        lines += terminal.paragraph(
            "Blocked until it is activated: to add, transfer, back up and restore licenses."
            + ("" if value["services_run"] else " So are mail, file, print and remote access.")
        )
        lines.append("Activate it before you rely on it." if days else "It can be activated at any time.")
    if value["product_key"]:
        lines.append(f"Product key: {value['product_key']}")
    if value["licences"] is not None:
        lines.append(f"Client access licenses: {value['licences']}")
    for warning in value["warnings"]:
        lines += terminal.paragraph(f"Warning: {warning}")
    return lines


def disclosed(fields: Sequence[Disclosed]) -> list[str]:
    """One field after the other: a table would be too narrow for the words."""
    lines = []
    for each in fields:
        size = f"{each.bits} bits" if each.bits else "no bits of its own"
        lines += [f"{each.name} ({size}): {each.value}", *terminal.paragraph(each.words, "  ")]
    total = sum(each.bits for each in fields)
    return [*lines, "", f"These are all its {total} bits. No name and no other personal data is among them."]


def run(value: Json, call: Iterable[str] = ()) -> list[str]:
    """The contact information and the Installation IDs (rule 40)."""
    if not value["boxes"]:
        return ["No license codes are listed. List them with add or transfer."]
    lines = [RUNS[value["operation"]], *call]
    for box in value["boxes"]:
        done = "  answered, installed" if box["answered"] else ""
        lines += ["", f"Box {box['box']}: license code {box['code']}{done}"]
        if not box["answered"]:
            lines += ["Installation ID", *terminal.installation_id_rows(box["blocks"])]
    if open_boxes := [str(box["box"]) for box in value["boxes"] if not box["answered"]]:
        lines += ["", *terminal.paragraph(f"Next, with what you hear: licensing accept {open_boxes[0]}")]
    return lines


def installed(value: Json) -> list[str]:
    maximum = value["maximum_usage"]
    seen = f"{maximum['in_use']}, seen by the poll of {time(maximum['at'])} UTC" if maximum else "not polled yet"
    lines = [
        f"Product ID          {value['product_id'] or 'none yet'}",
        f"Installed licenses  {value['installed']}, {value['included']} of them included",
        f"Maximum usage       {seen}",
    ]
    if value["packs"]:
        rows = [(pack["code"], pack["words"], time(pack["since"])) for pack in value["packs"]]
        lines += ["", *terminal.table(("License code", "Licenses", "Since (UTC)"), rows)]
    for code in value["elsewhere"]:
        lines += terminal.paragraph(f"Not in force: {code} was confirmed for other hardware. Transfer it by telephone.")
    return lines


def history(entries: Sequence[Json]) -> list[str]:
    rows = [(time(entry["at"]), entry["who"] or "-", entry["what"]) for entry in entries]
    return terminal.table(("Time (UTC)", "Who", "What"), rows) if rows else ["Nothing was done yet."]


def usage(value: Json) -> list[str]:
    whose = "this server" if value["mode"] == "per_server" else "the site"
    lines = [
        f"Licensing mode  {MODES[value['mode']]}",
        f"Licenses        {value['licences']} of {whose}",
        f"In use          {value['in_use']}",
    ]
    for name, words in (("last", "Last poll"), ("maximum", "Maximum")):
        if polled := value["polled"][name]:
            lines.append(f"{words:<16}{polled['in_use']}, {time(polled['at'])} UTC")
    return [*lines, *terminal.paragraph("Polled numbers may differ from the number of this moment.")]


def mode(value: Json) -> list[str]:
    lines = [f"Licensing mode: {MODES[value['mode']]}"]
    if value["mode"] == "per_server":
        lines += terminal.paragraph("It can be changed to per device or user once, for good. If unsure, stay.")
    return [*lines, *(f"{time(entry['at'])}  {entry['who']}: {entry['what']}" for entry in value["history"])]


def pool(value: Json) -> list[str]:
    rows = [(one["key"], one["serves"], str(one["licences"]), one["server"]) for one in value["contributions"]]
    lines = terminal.table(("Key", "For", "Licenses", "Brought by"), rows) if rows else []
    return [f"Licenses in the pool of the site: {value['licences']}", *lines]


def groups(value: Json) -> list[str]:
    lines = [
        line
        for group in value["groups"]
        for line in terminal.paragraph(f"Group {group['name']}: {group['licences']} for {', '.join(group['members'])}")
    ]
    rows = [
        (each["kind"], each["name"], each["group"] or "-", time(each["until"]) if each["until"] else "permanent")
        for each in value["licensed"]
    ]
    lines += terminal.table(("Kind", "Name", "Group", "Until (UTC)"), rows) if rows else ["Nobody is licensed yet."]
    return lines


def people(known: Sequence[Json]) -> list[str]:
    if not known:
        return ["Nobody is admitted: nobody can ask this server over the network."]
    return terminal.table(("Name", "Role"), [(person["name"], person["role"]) for person in known])


def connection(value: Json) -> list[str]:
    return [f"Connected: {value['id']}", f"{value['user']} at {value['device']}, {value['service']}"]


def time(text: str) -> str:
    return terminal.time(datetime.fromisoformat(text))


def day(text: str) -> str:
    return time(text).partition(" ")[0]
