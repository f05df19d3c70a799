"""Text messages of a simulated world: the real words and rules, a message service that sends nothing, no database."""

from __future__ import annotations

from activation_core.access_numbers import REGIONS
from activation_core.page_texts import PageTexts
from ivr.simulator.message_service import MessageService
from ivr.text_messages import TextMessages
from ivr.wording import Books


class LedgerInMemory:
    """See `ivr.text_messages.Ledger`."""

    def __init__(self) -> None:
        self._sids: dict[str, str] = {}

    def claim(self, message: str) -> str | None:
        known = self._sids.get(message)
        self._sids.setdefault(message, "")
        return known

    def sent(self, message: str, sid: str) -> None:
        self._sids[message] = sid

    def release(self, message: str) -> None:
        del self._sids[message]


def simulated_texts(service: MessageService, books: Books) -> TextMessages:
    """With headings in English, which are the pages' affair."""
    languages = {locale: PageTexts(locale, "", book.block_names) for locale, book in books.items()}
    return TextMessages(lambda account: [service], LedgerInMemory(), languages, REGIONS)
