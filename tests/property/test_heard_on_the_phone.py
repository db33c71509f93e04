"""What is stored of the bot's speech is what the far end of a telephone call played (DESIGN 1.3; lessons T1, T8).

Every call is made from its seed alone; a failure names the seed, and ``play_random_call(seed)`` plays it again.
"""

import random

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.caller import ScriptedVAD
from bots.engine.testing.far_end import Distance
from bots.engine.testing.phone import PhoneTransport
from bots.engine.testing.tapes import TapeLLM, TapeReply, TapeSTT, TapeTTS, TapeVoice
from bots.engine.transports.params import TransportParams
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from tests.engine.transports.carrier.json_stream import RATE, JsonFarEnd, JsonStream, SilentJsonStream

CALLS, PARTS = 500, 4
LOST_WORD = 0.9
"""Seconds of a word where marks get lost: one hides half a second, a lost empty one the way of at most 0.4 s."""


def some_text(chance: random.Random, number: int) -> str:
    sentences = []
    for sentence in range(chance.randint(1, 3)):
        words = [f"w{number}x{sentence}x{index}" for index in range(chance.randint(1, 7))]
        sentences.append(" ".join(words).capitalize() + chance.choice(".!?"))
    return " ".join(sentences)


def some_distance(chance: random.Random) -> Distance:
    """From 50 to 400 ms in all between what is sent and what comes back."""
    total = chance.uniform(0.05, 0.4)
    first, second = sorted((chance.random(), chance.random()))
    there, buffer, back = (total * share for share in (first, second - first, 1 - second))
    jitter = chance.choice((0.0, 0.0, 0.03))
    return Distance(there, back, buffer, jitter, chance.choice((0.0, 0.0, 0.1, 1.0)))


class RandomCall:
    """A call by telephone, made and played by its seed."""

    def __init__(self, seed: int, *, marked: bool = True) -> None:
        chance = self.chance = random.Random(seed)
        self.distance = some_distance(chance)
        if not marked:
            self.distance = Distance(0.06, 0.06, 0.14)
        lost = self.distance.lost_marks or not marked
        word = LOST_WORD if lost else chance.choice((0.25, 0.3, 0.4))
        self.voice = TapeVoice(
            word=word,
            delay=chance.uniform(0, 0.2),
            between=chance.choice((0.0, 0.0, 0.03, 0.2)),
            jitter=chance.choice((0.0, 0.02, 0.15)),
            words_per_piece=chance.randint(1, 4),
        )
        self.replies = [TapeReply(some_text(chance, number), first=chance.uniform(0, 0.3)) for number in range(6)]
        self.two_step = chance.random() < 0.5
        self.serializer = JsonStream(chance.choice((0, 0, 1600))) if marked else SilentJsonStream()
        self.call = ScriptedCall(
            make=self._make,
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
            seed=seed,
            settings={"enable_turn_tracking": False},
        )

    def _make(self, parts: CallParts) -> CallParts:
        ears = TransportParams(vad_analyzer=ScriptedVAD(), pause_secs=0.1)
        self.phone = parts.transport = PhoneTransport(self.serializer, JsonFarEnd(), self.distance, ears)
        if self.two_step:
            params = LLMUserAggregatorParams(barge_in=BargeInParams(decide_secs=self.chance.choice((0.3, 0.8))))
            parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=params)
        parts.stt = TapeSTT(delay=self.chance.choice((0.05, 0.3)))
        parts.llm = TapeLLM(self.replies)
        parts.tts = TapeTTS(self.voice, sample_rate=RATE)
        return parts

    def run(self) -> CallRecord:
        return self.call.run(self._play)

    async def _play(self, live: LiveCall) -> None:
        self.phone.task = live.task
        chance = self.chance
        turns = chance.choice((1, 1, 2, 3))
        for turn in range(turns):
            await live.type(f"turn {turn}")
            doing = chance.random()
            if doing < 0.4:
                await live.wait(chance.uniform(0.0, 2.5))
                await live.say(
                    chance.choice(("mhm", "mhm", "okay", "stop it please", "no")),
                    seconds=chance.choice((0.14, 0.3, 0.9)), silence=chance.choice((0.2, 0.5, 1.0)),
                )  # fmt: skip
            elif doing < 0.7:
                await live.wait(chance.uniform(0.0, 2.5))
                await live.task.interrupt()
                # What is on its way when the far end is told to be silent is heard, unless the caller hangs up first.
                await live.wait(chance.choice((0.0, 0.001, 0.3)) if turn < turns - 1 else 0.4)
            elif doing < 0.8:
                await live.wait(chance.uniform(0.0, 2.5))
            else:
                await live.bot_silent(quiet=1.0)
        await self.phone.hang_up()
        await live.wait(5.0)


def play_random_call(seed: int, *, marked: bool = True) -> CallRecord:
    return RandomCall(seed, marked=marked).run()


def check(seed: int, record: CallRecord, *, marked: bool = True) -> str:
    """Return what is wrong with a call, or nothing: each cut may leave one word on the edge, a hold another one.

    Where no mark ever came back, words that were cut before the clock was trusted are missing; none is invented.
    """
    heard, stored = list(record.heard), record.stored_words
    turns = record.of("bot.turn")
    in_context = [
        word for message in record.messages if message["role"] == "assistant" and message.get("content")
        for word in message["content"].split()
    ]  # fmt: skip
    problems = []
    if in_context != stored:
        problems.append(f"context {in_context} is not what is stored {stored}")
    edges = sum(turn.data["interrupted"] for turn in turns) + len(record.of("bot.held")) + 1
    extra, lost = [w for w in stored if w not in heard], [w for w in heard if w not in stored]
    if record.of("bot.started") and not record.of("playout.acknowledged") and marked:
        lost = []
    per_turn = [sum(word["text"] in extra for word in turn.data["words"]) for turn in turns]
    missing = [sum(word["text"] in lost for word in turn.data["words"]) for turn in turns]
    if len(extra) + len(lost) > edges or max([*per_turn, *missing], default=0) > 1 + bool(record.of("bot.held")):
        problems.append(f"invented {extra}, lost {lost}, with {edges} edges")
    if [word for word in stored if word in heard] != [word for word in heard if word in stored]:
        problems.append("the order of the words is another")
    return f"seed {seed}: {'; '.join(problems)}" if problems else ""


@pytest.mark.property
@pytest.mark.parametrize("part", range(PARTS))
def test_stored_words_are_those_that_the_far_end_played(part: int) -> None:  # T8
    size = CALLS // PARTS
    seeds = range(part * size, (part + 1) * size)
    print(f"seeds {seeds.start} to {seeds.stop - 1}")
    heard = cut = resumed = acknowledged = doubted = 0
    problems = []
    for seed in seeds:
        record = play_random_call(seed)
        heard += len(record.heard)
        cut += sum(turn.data["interrupted"] for turn in record.of("bot.turn"))
        resumed += len(record.of("bot.resumed"))
        acknowledged += len(record.of("playout.acknowledged"))
        doubted += len(record.of("playout.unacknowledged"))
        if problem := check(seed, record):
            problems.append(problem)
    assert not problems, "\n".join(problems[:5])
    # Calls in which nothing was said, cut, held or acknowledged would prove nothing.
    assert heard > 3 * size and cut > size // 4
    assert resumed > size // 50 and acknowledged > size and doubted > size // 20


@pytest.mark.parametrize("marked", [True, False])
def test_a_dozen_calls_tell_the_truth(marked: bool) -> None:  # T8
    assert [
        problem for seed in range(12) if (problem := check(seed, play_random_call(seed, marked=marked), marked=marked))
    ] == []


def test_an_ear_that_misses_words_is_noticed() -> None:
    seed = next(seed for seed in range(50) if len(play_random_call(seed).heard) > 4)
    record = play_random_call(seed)
    assert not check(seed, record)
    deaf = type(record)(
        record.outcome, record.events, record.journal, record.messages, record.heard[2:], record.sent_messages
    )
    assert check(seed, deaf)
