"""How each language says a menu: the words for keys, for pressing them, and for what they are usually for.

Rules about words (lint.py) read prompts with it. It is patterns, not grammar: enough to find "to …, press n" and its
like, and deaf to a language that has no row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

__all__ = ["MenuWords", "menu_words"]


@dataclass(frozen=True)
class MenuWords:
    """Patterns of one language, for words in lower case."""

    keys: Mapping[str, str]  # key → its names
    numbers: Mapping[int, str]  # further numbers as words
    press: str  # what is said to press KEY
    bare: str  # what follows a key that is named without "press"
    named: str  # the language's name in itself
    meanings: Mapping[str, str]  # key → what an option for it must speak of
    answers: Mapping[str, str]  # an option → the key that it belongs on
    call_ends: str

    @cached_property
    def key(self) -> str:
        names = [name for names in self.keys.values() for name in names.split("|")] + ["[0-9*#]"]
        return "|".join(sorted(names, key=len, reverse=True))

    @cached_property
    def pressed(self) -> str:
        return self.press.replace("KEY", f"({self.key})")

    @cached_property
    def digits(self) -> frozenset[str]:
        """The words for the digits."""
        return frozenset(name for digit in "0123456789" for name in self.keys[digit].split("|"))

    def key_named(self, word: str) -> str:
        return next((key for key, names in self.keys.items() if word in names.split("|")), word)

    def number(self, number: int) -> set[str]:
        """How a number can be written."""
        names = self.keys[str(number)] if number < 10 else self.numbers.get(number, "")
        return {str(number), *names.split("|")} - {""}


def menu_words(locale: str) -> MenuWords | None:
    return _LANGUAGES.get(re.split("[-_]", locale.lower())[0])


def _keys(digits: str, star: str, pound: str) -> Mapping[str, str]:
    return {**dict(zip("0123456789", digits.split(), strict=True)), "*": star, "#": pound}


_LANGUAGES: Mapping[str, MenuWords] = {
    "de": MenuWords(
        keys=_keys("null eins zwei|zwo drei vier fünf sechs sieben acht neun", "stern", "raute"),
        numbers={10: "zehn", 11: "elf", 12: "zwölf", 15: "fünfzehn", 16: "sechzehn", 20: "zwanzig"},
        press=r"\b(?:drücken|wählen) sie\s+(?:noch einmal\s+)?(?:die\s+)?(?:taste\s+)?KEY(?:-?taste)?(?!\w)",
        bare=r"\s+(?:für|ist|bedeutet|wiederholt|beendet|geht)\b",
        named="deutsch",
        meanings={
            "0": r"persönlich|mensch|mitarbeiter|jemand|hilfe|auskunft",
            "9": r"beenden|auflegen|schluss|verlassen",
            "*": r"noch einmal|wiederhol|zurück|löschen|erneut|vorig",
            "#": r"fortzufahren|fortfahren|weiter|nächst|beenden|fertig|eingeben|einzugeben|bestätigen",
        },
        answers={r"\b(?:für|wenn) ja\b": "1", r"\b(?:für|wenn) nein\b": "2"},
        call_ends=r"endet der anruf|anruf (?:endet|wird (?:jetzt )?beendet)|lege (?:jetzt )?auf",
    ),
    "en": MenuWords(
        keys=_keys("zero one two three four five six seven eight nine", "star|asterisk", "pound|hash"),
        numbers={10: "ten", 11: "eleven", 12: "twelve", 15: "fifteen", 16: "sixteen", 20: "twenty"},
        press=r"\b(?:press|push|hit|dial)\s+(?:the\s+)?KEY(?!\w)",
        bare=r"\s+(?:is|for|means|reaches|goes|repeats|ends|returns)\b",
        named="english",
        meanings={
            "0": r"person|operator|agent|representative|someone|somebody|help|human",
            "9": r"\bend|hang up|finish|leave",
            "*": r"again|repeat|back|clear|start over|previous",
            "#": r"go on|continue|skip|next|finish|done|enter|confirm",
        },
        answers={r"\b(?:for|if) yes\b": "1", r"\b(?:for|if) no\b": "2"},
        call_ends=r"call (?:now )?ends|call will (?:now )?end|(?:will|i) hang up",
    ),
    "es": MenuWords(
        keys=_keys(
            "cero uno dos tres cuatro cinco seis siete ocho nueve", "asterisco|estrella", "numeral|almohadilla|gato"
        ),
        numbers={10: "diez", 11: "once", 12: "doce", 15: "quince", 16: "dieciséis", 20: "veinte"},
        press=r"\b(?:oprima|presione|pulse|marque)\s+(?:la tecla\s+)?KEY(?!\w)",
        bare=r"\s+(?:es|para|sigue|repite|termina|vuelve|se)\b",
        named="español",
        meanings={
            "0": r"persona|operador|agente|representante|alguien|ayuda",
            "9": r"terminar|colgar|finalizar|salir",
            "*": r"otra vez|repetir|atrás|borrar|de nuevo|volver|anterior",
            "#": r"seguir|continuar|saltar|siguiente|terminar|listo|marcar|confirmar",
        },
        answers={r"\b(?:para|si) sí\b": "1", r"\b(?:para|si) no\b": "2"},
        call_ends=r"llamada (?:termina|terminará)\b|\b(?:termina|terminará) la llamada",
    ),
    "fr": MenuWords(
        keys=_keys("zéro un deux trois quatre cinq six sept huit neuf", "étoile|astérisque", "dièse|carré"),
        numbers={10: "dix", 11: "onze", 12: "douze", 15: "quinze", 16: "seize", 20: "vingt"},
        press=r"\b(?:appuyez (?:encore une fois |de nouveau |à nouveau )?sur|tapez|composez|faites)\s+"
        r"(?:la touche\s+|le\s+)?KEY(?!\w)",
        bare=r"\s+(?:pour|répète|termine|revient|permet)\b",
        named="français",
        meanings={
            "0": r"personne|opérateur|opératrice|conseiller|agent|quelqu.un|aide",
            "9": r"terminer|raccrocher|quitter|finir",
            "*": r"répéter|réentendre|réécouter|nouveau|encore|reven|retour|effacer|précédent",
            "#": r"continuer|poursuivre|passer|suivant|terminer|valider|confirmer|saisir",
        },
        answers={r"\b(?:pour|si) oui\b": "1", r"\b(?:pour|si) non\b": "2"},
        call_ends=r"l.appel (?:se termine|prend fin|va se terminer)|(?:vais|va) raccrocher",
    ),
    "ja": MenuWords(
        keys=_keys(
            "ゼロ|零 いち|一 にー|二 さん|三 よん|四 ごー|五 ろく|六 なな|七 はち|八 きゅう|九",
            "こめじるし|米印|アスタリスク",
            "シャープ|井桁",
        ),
        numbers={},
        press=r"(?<![0-9])KEY\s*(?:番)?(?:、続けてシャープ)?を(?:押してください|押して|押す|、)",
        bare=r"(?:番)?は",
        named="日本語",
        meanings={
            "0": r"担当者|オペレーター|係|手伝い",
            "9": r"終え|終了|切る|切り",
            "*": r"もう一度|繰り返|戻|前の|消",
            "#": r"続け|進|次|終|入力|確定",
        },
        answers={r"「はい」|はいの場合": "1", r"いいえ": "2"},
        call_ends=r"通話(?:が終わ|は終わ|を終了|が切れ)",
    ),
    "pt": MenuWords(
        keys=_keys(
            "zero um dois três quatro cinco meia|seis sete oito nove",
            "asterisco|estrela",
            "jogo da velha|cerquilha|sustenido",
        ),
        numbers={10: "dez", 11: "onze", 12: "doze", 15: "quinze", 16: "dezesseis", 20: "vinte"},
        press=r"\b(?:tecle|digite|aperte|pressione|disque)\s+(?:a tecla\s+)?KEY(?!\w)",
        bare=r"\s+(?:é|para|encerra|repete|volta|continua)\b",
        named="português",
        meanings={
            "0": r"pessoa|atendente|operador|alguém|ajuda",
            "9": r"encerrar|desligar|terminar|finalizar|sair",
            "*": r"de novo|novamente|outra vez|repetir|voltar|apagar|anterior",
            "#": r"continuar|seguir|avançar|pular|próxim|terminar|confirmar|digitar",
        },
        answers={r"\b(?:para|se) sim\b": "1", r"\b(?:para|se) não\b": "2"},
        call_ends=r"ligação (?:termina|será encerrada|vai terminar)|vou desligar",
    ),
}
