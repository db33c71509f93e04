"""What the page is told of a call beside its sound and text: turns, their wait, and whether the caller is heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bots.engine.build import BuiltCall


class CallNews:
    """Follows a built call and sends the client the product's own messages."""

    def __init__(self, built: BuiltCall) -> None:
        self._built = built
        self._turn = 0
        built.pair.latency.add_event_handler("on_turn_latency", self._turn_measured)
        built.pair.user().add_event_handler("on_user_turn", self._user_turn)
        if built.mute is not None:
            built.mute.add_event_handler("on_mute_changed", self._mute_changed)

    async def tell_mute(self) -> None:
        """Tell a client that is new here that its caller is muted: it cannot know (TURN-26)."""
        if (mute := self._built.mute) is not None and mute.muted:
            await self._mute_changed(mute, True, mute.reasons)

    async def _turn_measured(self, _: object, latency: Any) -> None:
        await self._send({"type": "turn-latency", "turn": self._turn, **latency.as_data()})

    async def _mute_changed(self, _: object, muted: bool, reasons: Sequence[str]) -> None:
        await self._send({"type": "user-mute", "muted": muted, "reasons": list(reasons)})

    async def _user_turn(self, _: object, text: str, disposition: str, turn: int) -> None:
        self._turn = turn
        await self._send({"type": "user-turn", "turn": turn, "text": text, "disposition": disposition})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._built.rtvi.send_server_message(message)
