"""The one log channel that may hold what people said; closed until a developer opens it.

Everything else in the engine logs constant messages. The log observers (OBS-03, OBS-05, OBS-06) exist to show words,
so they write here and nowhere else: a logger that neither propagates nor writes until :func:`open_channel`, or a
``logging`` configuration that names it, gives it a level and a handler. The server's own configuration never does.
"""

from __future__ import annotations

import logging

from bots.engine.core.observer import BaseObserver

CHANNEL_NAME = "bots.engine.said"
SHUT = logging.CRITICAL + 1
_opened: set[logging.Handler] = set()


def said_channel() -> logging.Logger:
    """Return the channel; shut unless it was configured before."""
    channel = logging.getLogger(CHANNEL_NAME)
    if channel.level == logging.NOTSET:
        channel.setLevel(SHUT)
        channel.propagate = False
    return channel


def open_channel(handler: logging.Handler) -> None:
    """Let ``handler`` have every line of the log observers, words of callers included."""
    channel = said_channel()
    _opened.add(handler)
    channel.addHandler(handler)
    channel.setLevel(logging.DEBUG)


def close_channel(handler: logging.Handler) -> None:
    """Take a handler away; without any the channel is shut again."""
    channel = said_channel()
    _opened.discard(handler)
    channel.removeHandler(handler)
    if not _opened:
        channel.setLevel(SHUT)


class SaidLogObserver(BaseObserver):
    """Logs what people said, to the channel only, with the time in the call (OBS-03, OBS-05, OBS-06).

    It is never told no more: a developer who watches has patience.
    """

    patience_secs = None

    def __init__(self) -> None:
        self._channel = said_channel()

    def say(self, line: str, timestamp: int) -> None:
        """Write a line about the moment ``timestamp``, nanoseconds since the call began."""
        self._channel.debug("%s at %.2fs", line, timestamp / 1e9)
