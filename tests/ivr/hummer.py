"""An engine of speech for tests: at once, and as long as can be foreseen."""

from array import array

from ivr.speech.engine_down import EngineDown
from ivr.speech.sound import Sound


class Hummer:
    """It hums a tenth of a second for each letter, with silence before and after, and counts what it said."""

    said = 0
    is_down = False

    def voice(self, locale: str) -> str | None:
        return "hum" if locale == "en-US" else None

    def say(self, text: str, voice: str, rate: float) -> Sound:
        if self.is_down:
            raise EngineDown("the hummer is hoarse")
        self.said += 1
        hum = array("h", [1000, -1000] * round(len(text) * 400 / rate))
        return Sound(8000, bytes(1600) + hum.tobytes() + bytes(8000))
