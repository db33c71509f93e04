"""Somebody whom the server lets the carrier dial: they hear a brief, take the call or not, talk a little."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from .documents import Verb

if TYPE_CHECKING:
    from .call import EmulatedCall

DOES = ("answers", "declines", "busy", "no-answer")
RINGS_S = 1.0
TALKS_S = 2.0
ACCEPT = "1"


class Person:
    """The far end of a ``dial``; ``does`` is one of :data:`DOES`. :attr:`talked`: the two were connected."""

    def __init__(self, call: EmulatedCall, verb: Verb, does: str) -> None:
        self._call, self._verb, self._does = call, verb, does
        self._line = replace(call.line, call_id=f"B-{secrets.token_hex(12)}", outbound=True, to_number=verb.text)
        self.talked = False

    async def take_part(self) -> dict[str, str]:
        """Live through it; returns what the carrier tells of it afterwards."""
        call = self._call
        call.note("dialled", target=self._verb.text, caller_id=self._verb.attributes.get("callerId", ""))
        await call.wait(RINGS_S)
        status, seconds = self._does if self._does in ("busy", "no-answer") else "declined", 0
        if self._does in ("answers", "declines") and await self._hears_brief():
            self.talked = True
            call.note("connected", target=self._verb.text)
            await call.wait(TALKS_S)
            status, seconds = "completed", round(TALKS_S)
        call.note("dialled is over", status=status)
        return call.profile.dialled_form(status, self._line.call_id, seconds)

    async def _hears_brief(self) -> bool:
        """Return whether the person takes the call."""
        attributes, takes = self._verb.attributes, self._does == "answers"
        if brief := attributes.get("brief", ""):
            self._call.note("briefed", text=brief)
            return takes
        if url := attributes.get("confirmSound", ""):
            self._call.note("briefed", text=" ".join(verb.text for verb in await self._ask(url)))
            return takes
        if not (url := attributes.get("url", "")):
            return takes
        for verb in await self._ask(url):
            if verb.name == "gather":
                self._call.note("briefed", text=verb.text)
                if takes:
                    return not await self._ask(verb.attributes["action"], ACCEPT)
            elif verb.name == "hangup":
                return False
        return takes

    async def _ask(self, url: str, key: str = "") -> list[Verb]:
        form = self._call.profile.voice_form(self._line)
        return await self._call.ask(url, {**form, "Digits": key} if key else form)
