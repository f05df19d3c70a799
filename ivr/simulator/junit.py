"""Scripted calls as JUnit XML, for a build server: a test case each, its line and message where it differs.

Times are those of the call's own clock, so that the same calls give the same file. Nothing is played twice: there are
no retries to report. Digits are masked, since build servers keep what they are given.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from ivr.simulator.played import Played
from ivr.simulator.why import as_text, rows
from ivr.wording import Books

__all__ = ["junit"]

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(played: Sequence[Played], books: Books) -> str:
    """The file, as build servers read it."""
    counts = {
        "name": "app.py call",
        "tests": str(len(played)),
        "failures": str(sum(each.difference is not None for each in played)),
        "errors": "0",
        "skipped": "0",
        "time": _seconds(sum(each.seconds for each in played)),
    }
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", counts)
    for each in played:
        _case(suite, each, books)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, played: Played, books: Books) -> None:
    name = _clean(played.name)
    about = {"name": name.removesuffix(".call"), "classname": "calls", "file": name, "time": _seconds(played.seconds)}
    case = ET.SubElement(suite, "testcase", about)
    if played.difference is None:
        return
    case.set("line", str(played.line))
    failure = ET.SubElement(case, "failure", {"message": _clean(played.difference), "type": "Difference"})
    told = as_text(rows(played.events, books))
    failure.text = _clean("\n".join([*filter(None, [played.cause]), played.difference, "", *told, ""]))


def _clean(text: str) -> str:
    """Without the characters that no XML file may hold."""
    return _NOT_IN_XML.sub("�", text)


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
