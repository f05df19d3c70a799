"""What an engine raises that cannot speak now."""


class EngineDown(Exception):
    """The words name the engine and what is wrong, never the text."""
