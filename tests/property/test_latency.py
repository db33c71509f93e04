"""Every reply's waiting time is told whole: its parts follow each other without a gap and sum to what was measured.

Every call is made from its seed alone (lessons T5, idea 5). The measure is taken from the journal, apart from the
observer that tells the parts: when the caller fell silent (or the typed turn came), and when the first word was heard.
"""

import random

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.journal import JournalEvent
from bots.engine.core.params import PipelineParams
from bots.engine.errors import ProviderError
from bots.engine.frames import LLMRunFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT, TapeTTS, TapeVoice
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from bots.engine.turns.strategies import MinWordsInterruptionStrategy
from bots.engine.turns.turn_strategies import SpeechTimeoutUserTurnStopStrategy, UserTurnStrategies
from bots.engine.turns.waiting import PARTS

CALLS = 300
RATE = 8000
CLOSE_MS = 5.0


async def look_up(params: FunctionCallParams) -> None:
    if params.arguments["filler"]:
        await params.llm.push_frame(TTSSpeakFrame("One moment."))
    await params.llm.clock.sleep(params.arguments["seconds"])
    await params.result_callback({"found": True})


def some_reply(chance: random.Random, number: int) -> TapeReply:
    calls = []
    if chance.random() < 0.3:
        waits = {"seconds": chance.choice((0.0, 0.2, 1.0)), "filler": chance.random() < 0.2}
        calls = [TapeCall("look_up", waits) for _ in range(chance.randint(1, 2))]
    text = f"Word{number} two three. And four five." if not calls or chance.random() < 0.3 else ""
    error = ProviderError("The model is gone.") if chance.random() < 0.05 else None
    return TapeReply(text, calls, first=chance.uniform(0, 0.5), between=chance.choice((0.0, 0.02)), error=error)


def some_turns(chance: random.Random) -> LLMUserAggregatorParams:
    """How turns begin and end: with the text, in two steps, or when a strategy says so."""
    stop = UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy(chance.choice((0.1, 0.6)))])
    return chance.choice(
        (
            LLMUserAggregatorParams(),
            LLMUserAggregatorParams(barge_in=BargeInParams()),
            LLMUserAggregatorParams(user_turn_strategies=stop),
        )
    )


def random_call(seed: int) -> CallRecord:
    chance = random.Random(seed)
    replies = [some_reply(chance, number) for number in range(8)]
    voice = TapeVoice(word=0.1, delay=chance.uniform(0, 0.3), jitter=chance.choice((0.0, 0.05)))
    mode = chance.choice(list(TextAggregationMode))
    hearing, turns = chance.uniform(0.0, 0.7), some_turns(chance)
    strategies = chance.choice(((), (), (MinWordsInterruptionStrategy(2),)))

    def make(parts: CallParts) -> CallParts:
        parts.stt = TapeSTT(delay=hearing)
        parts.pair = LLMContextAggregatorPair(LLMContext(), user_params=turns)
        parts.llm = TapeLLM(replies, apology=chance.choice(("", "I am sorry.")))
        parts.tts = TapeTTS(voice, sample_rate=RATE, text_aggregation_mode=mode)
        return parts

    async def play(live: LiveCall) -> None:
        begin = chance.random()
        if begin < 0.6:
            await live.queue(TTSSpeakFrame("Good day to you.") if begin < 0.4 else LLMRunFrame())
            await live.wait(chance.choice((0.1, 0.5, 2.0)))
        for turn in range(chance.randint(1, 4)):
            if chance.random() < 0.6:
                await live.say(chance.choice((f"turn {turn}", "mhm")), seconds=chance.choice((0.3, 0.5)), silence=0.3)
            else:
                await live.type(f"turn {turn}")
            doing = chance.random()
            if doing < 0.2:
                await live.wait(chance.uniform(0.0, 1.5))
                await live.task.interrupt()
            elif doing < 0.4:
                await live.wait(chance.uniform(0.0, 2.0))
            else:
                await live.bot_silent(quiet=2.0)

    return ScriptedCall(
        tools={"look_up": look_up}, make=make, clearable=chance.random() < 0.5, seed=seed,
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE,
                              allow_interruptions=chance.random() < 0.9, interruption_strategies=strategies),
    ).run(play)  # fmt: skip


def check(record: CallRecord) -> tuple[int, list[str]]:
    """Return how many replies were measured, and what is wrong with them."""
    measured, problems = 0, []
    silent, asked = 0.0, {"voice": 0.0, "text": 0.0}
    started: list[float] = []
    for event in record.of("user.stopped", "user.turn", "bot.started", "bot.turn"):
        if event.kind == "bot.started":
            started.append(event.data["at"])
        elif event.kind == "user.stopped":
            silent = event.data["last_voiced_at"]
        elif event.kind == "user.turn" and event.data["disposition"] == "turn":
            asked[event.data["source"]] = silent if event.data["source"] == "voice" else event.data["end"]
        elif event.kind == "bot.turn" and (latency := event.data["latency"]) is not None:
            problems += wrong_parts(latency)
            first = event.data["words"][0]["at"]
            if event.data["latency_ms"] is not None and first is not None:
                measured += 1
                # A voice that was held in its first word has spoken before that word's end told its time.
                spoke = max((at for at in started if at <= first + 0.001), default=first)
                waits = [1000 * (at - asked[latency["origin"]]) for at in (first, spoke)]
                if min(abs(waited - latency["total_ms"]) for waited in waits) > CLOSE_MS:
                    problems.append(f"{waits} ms passed, {latency['total_ms']} were told in {latency['segments']}")
    return measured, problems


def wrong_parts(latency: dict) -> list[str]:
    parts = latency["segments"]
    problems = []
    if abs(sum(part["ms"] for part in parts) - latency["total_ms"]) > CLOSE_MS:
        problems.append(f"{parts} do not sum to {latency['total_ms']}")
    if any(part["ms"] < 0 or part["name"] not in PARTS for part in parts):
        problems.append(f"{parts} are not parts")
    return problems


def first_word_at(turn: JournalEvent) -> float | None:
    """When the first word of a turn was heard, if it was."""
    return turn.data["words"][0]["at"] if turn.data["words"] else None


def unmeasured(record: CallRecord) -> list[str]:
    """Return the answers that a caller waited for and heard, and that tell no time."""
    problems, speaking = [], False
    events = record.of("user.turn", "interruption", "user.started", "bot.started", "bot.stopped", "bot.turn")
    for index, event in enumerate(events):
        speaking = event.kind == "bot.started" or (speaking and event.kind != "bot.stopped")
        if speaking or event.kind != "user.turn" or event.data["disposition"] != "turn":
            continue
        sound = next((later for later in events[index + 1 :] if later.kind != "bot.turn"), None)
        if sound is None or sound.kind != "bot.started":
            continue
        later_turns = [later for later in events[index + 1 :] if later.kind == "bot.turn"]
        begun = [(at, turn) for turn in later_turns if (at := first_word_at(turn)) is not None]
        answers = [(at, turn) for at, turn in begun if at >= sound.data["at"] - 0.001]
        _, answer = min(answers, key=lambda known: known[0], default=(0.0, None))
        if answer is not None and answer.data["latency_ms"] is None:
            problems.append(f"the answer at {answer.data['at']} tells no time")
    return problems


@pytest.mark.property
def test_the_parts_of_every_reply_sum_to_what_the_caller_waited() -> None:  # lessons T5, idea 5
    measured, problems = 0, []
    for seed in range(CALLS):
        record = random_call(seed)
        found, wrong = check(record)
        measured += found
        problems += [f"seed {seed}: {problem}" for problem in wrong + unmeasured(record)]
    assert not problems, "\n".join(problems[:8])
    assert measured > CALLS
