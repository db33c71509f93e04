"""A caller on a speakerphone: the microphone hears the bot again, quieter and later, beside the caller's own voice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bots.engine.audio.echo import EchoDetector
from bots.engine.audio.energy import EnergyVADAnalyzer
from bots.engine.audio.pcm import apply_gain, bytes_of, samples_of
from bots.engine.audio.vad import VADParams
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.tapes import TapeTTS, TapeVoice
from bots.engine.transports.params import TransportParams
from bots.engine.transports.playout import BLOCK_SECS
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from tests.engine.audio.voice import BEFORE_SECS, sentence

RATE = 16000
BLOCK = round(RATE * BLOCK_SECS)
ECHO_SECS, ECHO_DB = 0.12, -20.0


def voice(level_db: float, *, backwards: bool = False) -> npt.NDArray[np.int16]:
    """The recorded sentence at a level; backwards it is another speaker of the same kind."""
    spoken = sentence(RATE)[round(BEFORE_SECS * RATE) * 2 : -round(1.5 * RATE) * 2]
    samples = samples_of(spoken)[::-1] if backwards else samples_of(spoken)
    now = 20 * np.log10(np.sqrt(np.mean(samples.astype(np.float64) ** 2)) / 32768)
    return samples_of(apply_gain(samples.tobytes(), 10 ** ((level_db - now) / 20)))


class Unmarked(dict[int, tuple[str, int]]):
    """Real sound has no marks: no sample tells of a word."""

    def __missing__(self, mark: int) -> tuple[str, int]:
        return "", 1 << 40


class SpeakingTTS(TapeTTS):
    """Speaks with a recorded voice, over and over."""

    def __init__(self) -> None:
        super().__init__(TapeVoice(word=0.25))
        self.words = Unmarked()
        self._voice, self._at = voice(-20.0, backwards=True), 0

    def _marked(self, word: str) -> bytes:
        wanted = round(self.voice.word * self.sample_rate)
        found = np.take(self._voice, np.arange(self._at, self._at + wanted), mode="wrap")
        self._at += wanted
        return found.tobytes()


def parts_with_echo(parts: CallParts, *, tested: bool, clearable: bool) -> CallParts:
    """A line with a speakerphone at its end; ``tested``: with the echo test."""
    vad = EnergyVADAnalyzer(params=VADParams(start_secs=0.2, stop_secs=0.4))
    echo = EchoDetector() if tested else None
    parts.transport = CallerTransport(
        TransportParams(vad_analyzer=vad, echo=echo, pause_secs=0.2), clearable=clearable
    )  # fmt: skip
    user = LLMUserAggregatorParams(barge_in=BargeInParams())
    parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=user)
    parts.tts = SpeakingTTS()
    return parts


def call_on_speaker(reply: str, *, tested: bool = True, clearable: bool = False) -> ScriptedCall:
    """A call whose bot has one thing to say, then a short one."""
    return ScriptedCall(
        replies=[reply, "Yes of course."],
        make=lambda parts: parts_with_echo(parts, tested=tested, clearable=clearable),
        clearable=clearable,
    )


async def listen_and_speak(call: LiveCall, seconds: float, *, at: float | None, delay: float, noise: int = 8) -> None:
    """Let the microphone run for ``seconds``; the caller speaks for 1.4 s from ``at`` seconds on (None: never)."""
    caller, ear = call.parts.transport.input(), call.parts.transport.output().ear
    own, chance = voice(-24.0)[: round(1.4 * RATE)], np.random.default_rng(5)
    gain = 10 ** (ECHO_DB / 20)
    for number in range(round(seconds / BLOCK_SECS)):
        await call.clock.sleep(BLOCK_SECS)
        sound = chance.standard_normal(BLOCK) * noise
        end = call.clock.now() - delay
        for block in (block for block in ear.blocks[-40:] if block.at < end and block.end > end - BLOCK_SECS):
            first = round((block.at - (end - BLOCK_SECS)) * RATE)
            heard = samples_of(block.pcm)[: round((block.end - block.at) * RATE)]
            there = np.arange(first, first + len(heard))
            inside = (there >= 0) & (there < BLOCK)
            sound[there[inside]] += gain * heard[inside]
        if at is not None:
            place = round((number * BLOCK_SECS - at) * RATE)
            if 0 <= place < BLOCK:
                call.parts.stt.will_hear("please stop and listen")
            piece = own[max(0, place) : max(0, place + BLOCK)]
            sound[: len(piece)] += piece
        await caller.receive_audio(bytes_of(sound), RATE)
