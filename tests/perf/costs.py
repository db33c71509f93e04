"""What single things cost: an event, a second of recording, a spoken word, a message of the socket."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import process_time
from typing import Any

from bots.engine.audio.resampler import resample_once
from bots.engine.blocks.recorder import CallRecorder
from bots.engine.clock import SystemClock
from bots.engine.core.journal import FileSink, Journal, JournalSink, MemorySink
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    InputAudioRawFrame,
    InputTransportMessageFrame,
    OutputAudioRawFrame,
    TTSStartedFrame,
    TTSTextFrame,
)
from bots.engine.rtvi.observer import RTVIObserver
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.testing.client import ClientOutput
from bots.engine.transports.protobuf import AudioMessage, decode, encode_audio
from bots.engine.transports.relay import RelayTransport
from bots.engine.transports.websocket.line import WebSocketLine

from .canned import READY, NoTracks
from .hops import Counter, Running
from .table import Figure, middle

EVENT: dict[str, Any] = {"turn": 3, "text": "I would like to book a table for four.", "at": 12.5, "end": 14.25}
SENTENCE = "Certainly, I have noted a table for four people tomorrow evening at eight o'clock."
WORDS = SENTENCE.split()


def _journal(sink: JournalSink, events: int) -> float:
    journal = Journal(SystemClock(), sink)
    began = process_time()
    for _ in range(events):
        journal.record("user.turn", EVENT)
    used = process_time() - began
    journal.close()
    return used / events * 1e6


def _plain_lines(events: int) -> float:
    lines: list[bytes] = []
    began = process_time()
    for number in range(events):
        lines.append(json.dumps({"seq": number, "kind": "user.turn", "data": EVENT}).encode())
    return (process_time() - began) / events * 1e6


async def _timed(work: Callable[[], Awaitable[None]], divided_by: float) -> float:
    began = process_time()
    await work()
    return (process_time() - began) / divided_by * 1e6


async def _recorder(seconds: int) -> float:
    """Return microseconds for a second of both tracks, the bot's at 24 kHz."""
    async with Running([CallRecorder(NoTracks())]) as running:

        async def work() -> None:
            for block in range(seconds * 50):
                await running.first.push_frame(InputAudioRawFrame(bytes(640), 16000, 1, block / 50))
                await running.first.push_frame(OutputAudioRawFrame(bytes(960), 24000, 1, block / 50))

        return await _timed(work, seconds)


def _plain_recorder(seconds: int) -> float:
    began = process_time()
    for _ in range(seconds):
        b"".join([bytes(640)] * 50)
        resample_once(b"".join([bytes(960)] * 50), 24000, 16000)
    return (process_time() - began) / seconds * 1e6


async def _rtvi(sentences: int) -> float:
    """Return microseconds for a heard word: what the client is told, as JSON text."""
    rtvi = RTVIProcessor()
    parts: list[FrameProcessor] = [rtvi, ClientOutput(lambda message: None)]
    async with Running(parts, [RTVIObserver(rtvi)]) as running:
        await running.first.push_frame(InputTransportMessageFrame(READY))

        async def work() -> None:
            for number in range(1, sentences + 1):
                await running.first.push_frame(TTSStartedFrame(number, SENTENCE))
                for word in WORDS:
                    await running.first.push_frame(TTSTextFrame(word, False, number))

        return await _timed(work, sentences * len(WORDS))


def _plain_rtvi(words: int) -> float:
    data = {"text": SENTENCE, "spoken_progress": {"accumulated_text": SENTENCE[:40], "remaining_text": SENTENCE[40:]}}
    began = process_time()
    for _ in range(words):
        json.loads(json.dumps({"label": "rtvi-ai", "type": "bot-tts-text", "data": {"text": "table"}}))
        json.loads(json.dumps({"label": "rtvi-ai", "type": "bot-output", "data": data}))
    return (process_time() - began) / words * 1e6


async def _socket(messages: int) -> float:
    """Return microseconds from a binary message of 20 ms to its frame's arrival in the pipeline."""

    async def send(data: bytes) -> None:
        """Nobody listens."""

    async def close(code: int, reason: str) -> None:
        """Nothing is open."""

    transport, counter = RelayTransport(), Counter()
    line = WebSocketLine(transport, send, close)
    data = encode_audio(bytes(640), 16000)
    async with Running([transport.input(), counter], last=counter):
        # In bursts, as more than three times real time would be refused.
        used = 0.0
        for _ in range(messages // 100):
            used += await _timed(lambda: _feed(line, data, 100), 1)
            await asyncio.sleep(0.7)
        assert counter.arrived == messages // 100 * 100
    return used / (messages // 100 * 100)


async def _feed(line: WebSocketLine, data: bytes, times: int) -> None:
    for _ in range(times):
        await line.feed(data)


def _plain_socket(messages: int) -> float:
    data = encode_audio(bytes(640), 16000)
    began = process_time()
    for _ in range(messages):
        found = decode(data)
        assert isinstance(found, AudioMessage)
        InputAudioRawFrame(found.audio, found.sample_rate)
    return (process_time() - began) / messages * 1e6


async def _measure(quick: bool) -> list[Figure]:
    rounds, scale = (2, 1) if quick else (5, 4)
    seen: dict[str, list[float]] = {}

    def note(**values: float) -> None:
        for name, value in values.items():
            seen.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            note(
                memory=_journal(MemorySink(), 5000 * scale),
                file=_journal(FileSink(Path(folder) / f"{number}.log"), 2500 * scale),
                lines=_plain_lines(5000 * scale),
                recorder=await _recorder(20 * scale),
                recorder_plain=_plain_recorder(20 * scale),
                rtvi=await _rtvi(50 * scale),
                rtvi_plain=_plain_rtvi(500 * scale),
                socket=await _socket(300),
                socket_plain=_plain_socket(1000 * scale),
            )
    found = {name: middle(values) for name, values in seen.items()}
    return [
        Figure("journal: one event, in memory", found["memory"], "us", reference=found["lines"]),
        Figure("journal: one event, to its file", found["file"], "us", reference=found["lines"]),
        Figure("recorder: one second of both tracks", found["recorder"], "us", reference=found["recorder_plain"]),
        Figure("RTVI: one spoken word, two messages", found["rtvi"], "us", reference=found["rtvi_plain"]),
        Figure("WebSocket: 20 ms message -> frame", found["socket"], "us", reference=found["socket_plain"]),
    ]


def measure(*, quick: bool) -> list[Figure]:
    """Measure CPU time of single things."""
    return asyncio.run(_measure(quick))
