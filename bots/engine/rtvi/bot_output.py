"""The life of the bot's text at the client: planned, spoken word by word, completed or cut (client contract 5.4).

A view of the ledger: progress follows the words that were played out, never the arrival of text.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from bots.engine.core.ledger import Segment
from bots.engine.frames import (
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from bots.engine.text.sentences import SentenceAggregator

from .processor import RTVIProcessor
from .progress import SpokenProgress

SHOWN_ONLY = 1 << 30
KEPT = 256


class _Segment:
    """A sentence the client was told of; ``handshake`` says which client, ``held`` is the ledger's entry.

    The entry is kept here because the ledger forgets a reply as soon as it is accounted for.
    """

    __slots__ = ("handshake", "held", "id", "progress")

    def __init__(self, segment: int, text: str, handshake: int, held: Segment | None = None) -> None:
        self.id, self.progress, self.handshake, self.held = segment, SpokenProgress(text), handshake, held


class BotOutput:
    """Sends ``bot-output``, ``bot-tts-*``, ``bot-transcription`` and ``bot-words`` for the segments of the ledger.

    Ids of text that is only shown begin at 2**30, so that they never meet a ledger's and still fit 32 bits.
    """

    def __init__(self, rtvi: RTVIProcessor) -> None:
        self._rtvi = rtvi
        self._segments: dict[int, _Segment] = {}
        self._sentences = SentenceAggregator()
        self._shown_ids = count(SHOWN_ONLY)

    # -- text that is not spoken -----------------------------------------------------------------------------------

    async def reply_started(self, frame: LLMFullResponseStartFrame) -> None:
        """A new reply: nothing is left of an earlier one."""
        self._sentences.reset()

    async def text_came(self, frame: LLMTextFrame) -> None:
        """Text of the model; the part that will not be spoken is shown sentence by sentence."""
        if frame.skip_tts:
            for sentence in self._sentences.feed(frame.text):
                await self._show(sentence)

    async def reply_ended(self, frame: LLMFullResponseEndFrame) -> None:
        """Show what is left of the text that will not be spoken."""
        for sentence in self._sentences.flush():
            await self._show(sentence)

    async def _show(self, sentence: str) -> None:
        text = sentence.strip()
        if not text:
            return
        segment = _Segment(next(self._shown_ids), text, self._rtvi.handshakes)
        await self._send(segment, "new", spoken=False, will_be_spoken=False)
        await self._rtvi.send("bot-transcription", {"text": text})

    # -- text that is spoken ---------------------------------------------------------------------------------------

    async def planned(self, frame: TTSStartedFrame) -> None:
        """Synthesis of a segment begins: its text appears."""
        await self._rtvi.send("bot-tts-started")
        if frame.segment is not None and frame.text and frame.segment not in self._segments:
            held = self._rtvi.ledger.segment(frame.segment)
            segment = _Segment(frame.segment, frame.text, self._rtvi.handshakes, held)
            self._segments[segment.id] = segment
            while len(self._segments) > KEPT:
                del self._segments[next(iter(self._segments))]
            await self._send(segment, "new", spoken=False)

    async def heard(self, frame: TTSTextFrame) -> None:
        """A word was played out."""
        await self._rtvi.send("bot-tts-text", {"text": frame.text})
        segment = self._segments.get(frame.segment) if frame.segment is not None else None
        if segment is None:
            return
        segment.progress.hear(frame.text)
        if self._rtvi.profile.progress:
            await self._introduce(segment)
            await self._send(segment, "in-progress", spoken=False)
        elif self._rtvi.profile.output:
            data = {"text": frame.text, "aggregated_by": "word", "spoken": True, "segment_id": segment.id}
            await self._rtvi.send("bot-output", data)

    async def stop_passed(self, frame: TTSStoppedFrame) -> None:
        """The end of a segment passed some place; behind the output its audio was played to the end."""
        segment = self._segments.get(frame.segment) if frame.segment is not None else None
        if segment is not None and (segment.held is None or segment.held.complete):
            await self._complete(segment)

    async def _complete(self, segment: _Segment) -> None:
        del self._segments[segment.id]
        segment.progress.finish()
        if self._rtvi.profile.progress:
            await self._introduce(segment)
            await self._send(segment, "completed", spoken=True)
        await self._rtvi.send("bot-transcription", {"text": segment.progress.text})

    async def interrupted(self, frame: InterruptionFrame) -> None:
        """The bot was cut off: tell of each segment what was heard and what was not."""
        self._sentences.reset()
        for segment in list(self._segments.values()):
            held = segment.held
            if held is None or not held.cut:
                continue
            if held.heard_text and not held.unheard_text:
                await self._complete(segment)
                continue
            del self._segments[segment.id]
            if held.heard_text:
                await self._rtvi.send("bot-transcription", {"text": held.heard_text})
            words = {"segment_id": segment.id, "heard": held.heard_text, "unheard": held.unheard_text}
            await self._rtvi.send_server_message({"type": "bot-words", "interrupted": True, **words})

    # -- shapes ----------------------------------------------------------------------------------------------------

    async def _introduce(self, segment: _Segment) -> None:
        """Tell a client that joined later of a segment it has not seen: progress alone shows nothing."""
        if segment.handshake != self._rtvi.handshakes:
            segment.handshake = self._rtvi.handshakes
            await self._send(segment, "new", spoken=False)

    async def _send(self, segment: _Segment, status: str, *, spoken: bool, will_be_spoken: bool = True) -> None:
        if not self._rtvi.profile.output:
            return
        data: dict[str, Any] = {
            "text": segment.progress.text,
            "aggregated_by": "sentence",
            "segment_id": segment.id,
            "spoken": spoken,
        }
        if self._rtvi.profile.progress:
            data["will_be_spoken"] = will_be_spoken
            if will_be_spoken:
                parts = {"accumulated_text": segment.progress.accumulated, "remaining_text": segment.progress.remaining}
                data |= {"spoken_status": status, "spoken_progress": parts}
            else:
                data["spoken_status"] = "new"
        await self._rtvi.send("bot-output", data)
