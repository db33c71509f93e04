"""Notices that two sides only repeat themselves (reliability C17). Pure."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

SAME_PAIRS = 3
SHORT_S = 2.0
SHORT_EXCHANGES = 6
FEW_TEXTS = 3


def spoken(text: str) -> str:
    """Return text as it sounds: small letters, no punctuation."""
    return " ".join(re.findall(r"\w+", text.casefold()))


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the caller said, how long that took in seconds, and what the bot answered."""

    caller: str
    seconds: float
    bot: str


class Repetition:
    """Remembers the last exchanges and tells whether a caller's turn goes on with a loop.

    One is: the same pair of utterances three times in a row, begun a fourth time (a bot that was cut off before its
    first word has said none); or six short exchanges (the caller's
    turns below 2 s) whose texts repeat on both sides, as those of two who bid each other goodbye.
    """

    def __init__(self) -> None:
        self._past: deque[Exchange] = deque(maxlen=SHORT_EXCHANGES)
        self._turn: tuple[str, float] | None = None
        self._answer = ""

    def caller_said(self, text: str, seconds: float) -> bool:
        """Take a caller's turn; return whether it goes on with a loop."""
        if self._turn is not None:
            self._past.append(Exchange(*self._turn, self._answer))
        self._turn, self._answer = (spoken(text), seconds), ""
        return self._same_pairs() or self._short_exchanges()

    def bot_said(self, text: str) -> None:
        """Take what was heard of the bot's answer, or of a part of it."""
        self._answer = f"{self._answer} {spoken(text)}".strip()

    def _same_pairs(self) -> bool:
        last = list(self._past)[-SAME_PAIRS:]
        pairs = {(exchange.caller, exchange.bot) for exchange in last}
        if len(last) < SAME_PAIRS or len(pairs) > 1 or not last[0].bot:
            return False
        return self._turn is not None and self._turn[0] == last[0].caller

    def _short_exchanges(self) -> bool:
        if len(self._past) < SHORT_EXCHANGES or any(exchange.seconds >= SHORT_S for exchange in self._past):
            return False
        callers, bots = {exchange.caller for exchange in self._past}, {exchange.bot for exchange in self._past}
        return len(callers) <= FEW_TEXTS and len(bots) <= FEW_TEXTS
