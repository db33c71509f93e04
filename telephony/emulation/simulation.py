"""Simulated calls to a running server: voices for the callers, an exchange for the carrier's side, a recogniser."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bots.engine.audio.pcm import stereo_to_mono
from bots.engine.audio.resampler import Resampler
from bots.engine.errors import EngineError
from bots.engine.providers.espeak.synthesizer import Synthesizer, synthesiser_worker
from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.providers.pocketsphinx.recogniser import Recognizer, recogniser_worker
from bots.engine.providers.pocketsphinx.vocabulary import Vocabulary
from bots.engine.providers.workers.pool import WorkerPool

from .call import EmulatedCall, Moment, Network
from .exchange import Exchange, new_call_id
from .profile import LineFacts
from .profiles import PROFILES
from .script import Step, act_out
from .sound import RATE, last_loud

VOICE_RATE = 145
HEARING_RATE = 16000
PAUSE_S = 0.4


@dataclass(frozen=True, slots=True)
class Simulation:
    """Whom to call and how; ``emulator`` is where the server looks for the carrier's REST interface."""

    carrier: str
    server: str
    slug: str
    account_id: str
    number: str
    caller: str
    steps: list[Step]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    hook_key: str = field(default="", repr=False)
    longest_s: float = 120.0
    delay_s: float = 0.03
    jitter_s: float = 0.0
    loss: float = 0.0
    emulator: str = ""

    @property
    def secret(self) -> str:
        """The secret that the carrier signs with."""
        return next(iter(self.secrets.values()), "")


@dataclass(frozen=True, slots=True)
class Finding:
    """A call that is over, and the words that were heard."""

    call: EmulatedCall
    heard: str


class Voices:
    """Speech for the callers, and ears for what they hear: the engines that the embedded bots use."""

    def __init__(self) -> None:
        self._mouths = WorkerPool(synthesiser_worker(("flite", "loader", "system")), warm=1, limit=2)
        self._ears = WorkerPool(recogniser_worker(), warm=1, limit=1)

    async def start(self) -> None:
        """Start the synthesiser."""
        await self._mouths.start()

    async def close(self) -> None:
        """Stop both."""
        await self._mouths.close()
        await self._ears.close()

    async def speak(self, text: str) -> bytes:
        """Return a text as speech, s16le at 8 kHz."""
        speech = Synthesizer(self._mouths).synthesize(text, rate=VOICE_RATE, sample_rate=RATE)
        return b"".join([chunk.pcm async for chunk in speech])

    async def understand(self, pcm: bytes) -> str:
        """Return what a recogniser hears in s16le at 8 kHz, cut at its pauses."""
        with suppress(EngineError):
            await self._ears.start()
            recogniser = Recognizer(self._ears, PocketSphinxOptions(final_deadline_s=30.0), Vocabulary())
            await recogniser.open()
            try:
                return " ".join([await self._words(recogniser, piece) for piece in utterances(pcm)]).strip()
            finally:
                await recogniser.close()
        return ""

    @staticmethod
    async def _words(recogniser: Recognizer, piece: bytes) -> str:
        resampler = Resampler(RATE, HEARING_RATE)
        sound = resampler.process(piece) + resampler.flush()
        await recogniser.start_utterance()
        for start in range(0, len(sound), 640):
            recogniser.audio(sound[start : start + 640])
        return (await recogniser.end_utterance()).text


def utterances(pcm: bytes) -> list[bytes]:
    """Cut a sound at its pauses; each piece keeps a quarter of a second of quiet around it."""
    step = round(RATE * 0.02) * 2
    loud = [at for at in range(0, len(pcm), step) if last_loud(pcm[at : at + step]) is not None]
    spans: list[list[int]] = []
    for at in loud:
        if spans and at - spans[-1][1] <= PAUSE_S * RATE * 2:
            spans[-1][1] = at
        else:
            spans.append([at, at])
    edge = bytes(RATE // 2)
    return [edge + pcm[max(0, a - step) : b + 2 * step] + edge for a, b in spans if b - a > 5 * step]


def sound_file(path: Path) -> bytes:
    """Return a WAV file (16 bit) as s16le at 8 kHz."""
    with wave.open(str(path)) as file:
        pcm, rate, channels = file.readframes(file.getnframes()), file.getframerate(), file.getnchannels()
    pcm = stereo_to_mono(pcm) if channels == 2 else pcm
    resampler = Resampler(rate, RATE)
    return resampler.process(pcm) + resampler.flush()


async def simulate(simulation: Simulation, count: int, tell: Callable[[str], None]) -> list[Finding]:
    """Make ``count`` calls at once and return what became of them."""
    voices, exchange = Voices(), Exchange()
    await voices.start()
    port = urlsplit(simulation.emulator).port if simulation.emulator else None
    if port:
        await exchange.start(port)
    try:
        async with aiohttp.ClientSession() as session:
            calls = [_one(simulation, session, voices, exchange, tell if count == 1 else _nobody) for _ in range(count)]
            return list(await asyncio.gather(*calls))
    finally:
        await exchange.stop()
        await voices.close()


async def _one(
    simulation: Simulation,
    session: aiohttp.ClientSession,
    voices: Voices,
    exchange: Exchange,
    tell: Callable[[str], None],
) -> Finding:
    line = LineFacts(
        call_id=new_call_id(simulation.carrier), from_number=simulation.caller, to_number=simulation.number,
        account_id=simulation.account_id, secret=simulation.secret, hook_key=simulation.hook_key,
    )  # fmt: skip
    base = f"{simulation.server}/telephony/{simulation.slug}"
    key = f"?key={simulation.hook_key}" if simulation.carrier == "exotel" else ""
    call = EmulatedCall(
        PROFILES[simulation.carrier], line, session, voice_url=f"{base}/voice{key}", status_url=f"{base}/status{key}",
        network=Network(simulation.delay_s, simulation.jitter_s, simulation.loss),
        told=lambda moment: tell(shown(moment)),
    )  # fmt: skip
    exchange.calls[line.call_id] = call

    async def voice(text: str) -> bytes:
        return await voices.speak(text)

    steps = [Step("say", step.text) if step.act == "wav" else step for step in simulation.steps]
    files = {
        step.text: await asyncio.to_thread(sound_file, Path(step.text))
        for step in simulation.steps
        if step.act == "wav"
    }

    async def sound(text: str) -> bytes:
        return files[text] if text in files else await voice(text)

    acting = asyncio.create_task(act_out(call, steps, sound), name="caller")
    try:
        async with asyncio.timeout(simulation.longest_s):
            await call.run()
    except TimeoutError:
        call.hang_up()
        call.outcome = "too long"
    finally:
        acting.cancel()
        await asyncio.gather(acting, return_exceptions=True)
    return Finding(call, await voices.understand(call.ear.track()))


def shown(moment: Moment) -> str:
    """Return a moment as a line."""
    facts = " ".join(f"{name}={value}" for name, value in moment.facts.items() if value not in ("", None))
    return f"{moment.at:7.2f}  {moment.what} {facts}".rstrip()


def _nobody(line: str) -> None:
    """Many calls at once would be unreadable."""
