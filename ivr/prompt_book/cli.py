"""`app.py prompts`: what changed since the books were approved, and approving them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import click

from ivr.prompt_book.approval import ApprovedBooks, Change, changes
from ivr.wording import Books

_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}


def prompts_command(read_books: Callable[[], Books], approved: ApprovedBooks) -> click.Group:
    @click.group()
    def prompts() -> None:
        """Tell what changed in the prompts, and approve them."""

    @prompts.command()
    @click.argument("locales", nargs=-1, metavar="[LOCALE]...")
    def changed(locales: Sequence[str]) -> None:
        """Show what changed since it was approved, word by word.

        Of every language, or of each LOCALE. [-These words-] were there, {+these+} are now. Exit status 1 where
        something is not as approved.
        """
        books, record = read_books(), approved.read()
        found = [(locale, changes(books[locale], record)) for locale in _known(locales, books)]
        for locale, differing in found:
            click.echo("\n".join(_lines(differing, locale) if locale in record else [f"{locale}: never approved"]))
        if any(differing for _, differing in found):
            raise SystemExit(1)

    @prompts.command()
    @click.argument("locales", nargs=-1, required=True, metavar="LOCALE...")
    def approve(locales: Sequence[str]) -> None:
        """Take the books of each LOCALE, as they are, for approved.

        It copies them to data/prompts/approved; who approved them and why is what the commit of these files says.
        """
        books = read_books()
        for locale in _known(locales, books):
            record = approved.read()
            count = len(changes(books[locale], record))
            what = f"{count} change{'' if count == 1 else 's'}" if locale in record else "the whole book"
            approved.approve(locale)
            click.echo(f"{locale}: {what} approved; commit data/prompts/approved")

    return prompts


def _known(locales: Sequence[str], books: Books) -> Sequence[str]:
    if unknown := [locale for locale in locales if locale not in books]:
        raise click.UsageError(f"There is no prompt book for {unknown[0]}; there are {', '.join(books)}.")
    return locales or list(books)


def _lines(differing: Sequence[Change], locale: str) -> Iterator[str]:
    yield f"{locale}: {'as approved' if not differing else f'{len(differing)} not as approved'}"
    for change in differing:
        yield f"  {change.kind} {change.name}"
        yield "    " + "".join(_MARKS[fate][0] + text + _MARKS[fate][1] for fate, text in change.runs)
