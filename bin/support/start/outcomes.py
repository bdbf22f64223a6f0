"""How a start can end early."""


class Failed(Exception):
    """The text says why, and what to do."""


class Stopped(Exception):
    """Somebody asked to stop."""
