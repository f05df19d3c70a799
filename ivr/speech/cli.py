"""`app.py say`: a prompt, or any text written as in a prompt book, as a WAV."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from ivr.dialogue import Speak
from ivr.speech.speech import Speech
from ivr.wording import DEFAULT_LOCALE, Books


def say(books: Callable[[], Books], speech: Callable[[], Speech]) -> click.Command:
    @click.command("say")
    @click.argument("text")
    @click.option("--locale", default=DEFAULT_LOCALE, show_default=True, help="Which prompt book and voice.")
    @click.option(
        "--value", "values", multiple=True, metavar="NAME=VALUE", help="What stands for {NAME}, such as digits=1234567."
    )
    @click.option(
        "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The WAV to be written."
    )
    def command(text: str, locale: str, values: tuple[str, ...], output: Path) -> None:
        """Say TEXT into a file.

        TEXT is the name of a prompt, or words written as in a prompt book, with pauses [400ms].
        """
        book = books().get(locale)
        if book is None:
            raise click.UsageError(f"There is no prompt book {locale!r}; there are {', '.join(books())}.")
        try:
            said = replace(book, prompts={text: book.prompts.get(text, text)})
            words = said.words(Speak(text, dict(value.split("=", 1) for value in values)))
        except (KeyError, ValueError) as error:
            raise click.UsageError(f"{error}: give each {{NAME}} as --value NAME=VALUE.") from error
        aloud = speech()
        audio = aloud.render(words.fragments, locale)
        wav = audio and aloud.wav(audio.key)
        if not audio or not wav:
            raise click.ClickException(f"No voice here speaks {locale}. Debian: apt-get install espeak-ng")
        output.write_bytes(wav)
        click.echo(f"{words.text}\n{audio.seconds:.1f} s in {output}")

    return command
