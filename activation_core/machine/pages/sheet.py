"""`/machine/sheet`: what is taken to a telephone, a sheet for each Installation ID that waits (rules 38 to 40).

Printed, or saved as a PDF by the browser, in the caller's language. The QR code opens the vendor's web form with the
Installation ID behind the #, where no server and no log sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import segno
from flask import Blueprint, render_template, request
from markupsafe import Markup

from activation_core import cals, codes, installation_id, number_to_call
from activation_core.block_boxes import shown
from activation_core.installation_id import InstallationId
from activation_core.machine.pages.number_to_call import languages, wished_region
from activation_core.machine.pages.screen import Screen
from activation_core.number_to_call import ToCall
from activation_core.page_texts import PageTexts, best


@dataclass(frozen=True)
class Sheet:
    """One Installation ID on paper. `code` is masked: enough to tell the sheets apart."""

    code: str
    blocks: tuple[str, ...]
    qr: Markup


def add_sheet(blueprint: Blueprint, screen: Screen) -> None:
    """Its route on this blueprint; `of=licenses` prints those of the license wizard instead of the server's."""

    @blueprint.get("/sheet")
    def sheet() -> str:
        texts = best(screen.languages, [request.args.get("lang", ""), *languages()])
        asked = of_licenses(screen) if request.args.get("of") == "licenses" else of_server(screen)
        called = number_to_call.to_call(screen.directory, wished_region(), texts.language)
        return render_template(
            "machine/sheet.html",
            _=texts,
            texts=texts,
            languages=screen.languages.values(),
            sheets=[_sheet(code, each, screen.web_form, texts.locale) for code, each in asked],
            computer=screen.computer.name,
            to_call=called,
            names_lang=texts.locale,
            regions=number_to_call.regions(texts.language),
            block_names=_spoken(screen, texts, called).block_names,
            telephone="",
        )


def of_server(screen: Screen) -> Iterator[tuple[str, InstallationId]]:
    """The product key, masked, and its Installation ID, while one waits for an answer."""
    server, now = screen.computer.server, screen.now()
    asked = None if server.is_activated(now) else server.installation_id(now)
    if isinstance(asked, InstallationId):
        yield codes.parse(server.activation.product_key).masked, asked


def of_licenses(screen: Screen) -> Iterator[tuple[str, InstallationId]]:
    """Each license code of the list, masked, that has no answer yet."""
    licences = screen.computer.cals.licences
    for entry in licences.entries:
        if not cals.is_answered(licences, entry):
            yield codes.parse(entry.code).masked, installation_id.parse(entry.installation_id)


def _sheet(code: str, asked: InstallationId, web_form: str, locale: str) -> Sheet:
    qr = segno.make(f"{web_form}?lang={locale}#{asked.digits}", error="m", micro=False)
    return Sheet(code, shown(asked.blocks), Markup(qr.svg_inline(omitsize=True, border=2)))  # noqa: S704 (paths only)


def _spoken(screen: Screen, texts: PageTexts, called: ToCall | None) -> PageTexts:
    """The language of the call: that of the sheet where the number answers in it, else the number's own."""
    spoken = [tag for number in called.numbers[:1] for tag, _ in number.languages] if called else []
    return best(screen.languages, spoken) if spoken and texts.locale not in spoken else texts
