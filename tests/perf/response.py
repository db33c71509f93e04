"""How much time the house adds to what the services take, and how fast the bot falls silent."""

from __future__ import annotations

import asyncio
from time import perf_counter

from bots.engine.audio.vad import VADParams

from . import peers
from .canned import CannedVAD, Setting, SimulatedCall
from .table import Figure, middle, share

VOICE, SILENCE = b"\x00\x20\x00\xe0" * 256, bytes(1024)
QUICK_VAD = VADParams(start_secs=0.03, stop_secs=0.03, min_volume=0.0)


def _setting(gap: float, text: str = "Certainly.") -> Setting:
    return Setting(vad=lambda: CannedVAD(params=QUICK_VAD), token_gap=gap, reply_secs=1.0, text=text)


async def _turns(times: int) -> dict[str, list[float]]:
    """Let the caller say something and cut the bot off again, ``times`` times; return milliseconds."""
    seen: dict[str, list[float]] = {"stop": [], "token": [], "silence": []}
    async with SimulatedCall(_setting(0.0)) as call:
        marks = call.marks
        for turn in range(times + 5):
            await call.hear(VOICE)
            await call.hear(VOICE)
            await asyncio.sleep(0.03)
            marks.clear()
            began = perf_counter()
            await call.hear(SILENCE)
            await marks.wait("audio")
            stop, token = marks.at["audio"] - began, marks.at["audio"] - marks.at["first token"]
            await asyncio.sleep(0.15 + 0.0013 * (turn % 15))
            marks.clear()
            began = perf_counter()
            await call.hear(VOICE)
            await marks.wait("silence")
            silent = max(marks.at["silence"], marks.last.get("audio", 0.0)) - began
            await call.hear(SILENCE)
            await asyncio.sleep(0.05)
            if turn >= 5:
                for name, seconds in (("stop", stop), ("token", token), ("silence", silent)):
                    seen[name].append(seconds * 1000)
    return seen


async def _slow_tokens(times: int) -> list[float]:
    """Return milliseconds from the token that ends a sentence to its audio, tokens every 20 ms."""
    seen = []
    async with SimulatedCall(_setting(0.02, "Yes, I can do that.")) as call:
        for turn in range(times + 2):
            await call.hear(VOICE)
            await call.hear(VOICE)
            await asyncio.sleep(0.03)
            call.marks.clear()
            await call.hear(SILENCE)
            await call.marks.wait("audio")
            if turn >= 2:
                seen.append((call.marks.at["audio"] - call.marks.last["last token"]) * 1000)
            await asyncio.sleep(0.05)
    return seen


class _Plain:
    """The same turn as plain calls: detector, text, reply, sentence, speech, write."""

    def __init__(self) -> None:
        self.detector = CannedVAD(sample_rate=16000, params=QUICK_VAD)
        self.context: list[dict[str, str]] = []
        self.queue: list[bytes] = []
        self.audio_at = self.silent_at = self.token_at = 0.0

    def hear(self, pcm: bytes) -> None:
        for event in self.detector.analyze(pcm):
            if event.state.value == "quiet":
                self.reply()
            elif event.state.value == "speaking":
                self.queue.clear()
                self.silent_at = perf_counter()

    def reply(self) -> None:
        self.context.append({"role": "user", "content": "I would like to book a table."})
        self.token_at = perf_counter()
        sentence = "".join(["Certainly", "."])
        self.context.append({"role": "assistant", "content": sentence})
        self.queue = [bytes(960)] * 50
        self.audio_at = perf_counter()


def _reference(times: int) -> dict[str, float]:
    plain = _Plain()
    seen: dict[str, list[float]] = {"stop": [], "token": [], "silence": []}
    for _ in range(times):
        began = perf_counter()
        plain.hear(VOICE)
        seen["silence"].append((plain.silent_at - began) * 1000)
        began = perf_counter()
        plain.hear(SILENCE)
        seen["stop"].append((plain.audio_at - began) * 1000)
        seen["token"].append((plain.audio_at - plain.token_at) * 1000)
    return {name: middle(values) for name, values in seen.items()}


async def _measure(quick: bool) -> list[Figure]:
    times = 15 if quick else 100
    seen: dict[str, list[float]] = {"stop": [], "token": [], "silence": []}
    for _ in range(2 if quick else 3):
        for name, values in (await _turns(times)).items():
            seen[name] += values
    slow = await _slow_tokens(times // 3)
    plain = _reference(times)
    return [
        Figure("VAD stop -> first audio written, p50", middle(seen["stop"]), "ms", reference=plain["stop"],
               **peers.STOP_TO_AUDIO_MS),
        Figure("VAD stop -> first audio written, p95", share(seen["stop"], 0.95), "ms"),
        Figure("first token -> audio written, p50", middle(seen["token"]), "ms", reference=plain["token"],
               **peers.TOKEN_TO_AUDIO_MS),
        Figure("sentence's last token -> audio, tokens every 20 ms", middle(slow), "ms", reference=plain["token"],
               **peers.LAST_TOKEN_TO_AUDIO_MS),
        Figure("VAD start -> silence, p50", middle(seen["silence"]), "ms", reference=plain["silence"],
               **peers.START_TO_SILENCE_MS),
        Figure("VAD start -> silence, p95", share(seen["silence"], 0.95), "ms"),
    ]  # fmt: skip


def measure(*, quick: bool) -> list[Figure]:
    """Measure turns and interruptions of one call in real time."""
    return asyncio.run(_measure(quick))
