"""Every reply's waiting time is told whole: its parts follow each other without a gap and sum to what was measured.

Every call is made from its seed alone (lessons T5, idea 5). The measure is taken from the journal, apart from the
observer that tells the parts: when the caller fell silent (or the typed turn came), and when the first word was heard.
"""

import random

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.frames import LLMRunFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT, TapeTTS, TapeVoice
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.waiting import PARTS

CALLS = 400
RATE = 8000
CLOSE_MS = 5.0


async def look_up(params: FunctionCallParams) -> None:
    await params.llm.clock.sleep(params.arguments["seconds"])
    await params.result_callback({"found": True})


def some_reply(chance: random.Random, number: int) -> TapeReply:
    calls = []
    if chance.random() < 0.3:
        calls = [TapeCall("look_up", {"seconds": chance.choice((0.0, 0.2, 1.0))}) for _ in range(chance.randint(1, 2))]
    text = f"Word{number} two three. And four five." if not calls or chance.random() < 0.3 else ""
    return TapeReply(text, calls, first=chance.uniform(0, 0.5), between=chance.choice((0.0, 0.02)))


def random_call(seed: int) -> CallRecord:
    chance = random.Random(seed)
    replies = [some_reply(chance, number) for number in range(8)]
    voice = TapeVoice(word=0.1, delay=chance.uniform(0, 0.3), jitter=chance.choice((0.0, 0.05)))
    mode = chance.choice(list(TextAggregationMode))
    hearing = chance.uniform(0.0, 0.7)

    def make(parts: CallParts) -> CallParts:
        parts.stt = TapeSTT(delay=hearing)
        parts.llm = TapeLLM(replies)
        parts.tts = TapeTTS(voice, sample_rate=RATE, text_aggregation_mode=mode)
        return parts

    async def play(live: LiveCall) -> None:
        begin = chance.random()
        if begin < 0.6:
            await live.queue(TTSSpeakFrame("Good day to you.") if begin < 0.4 else LLMRunFrame())
            await live.wait(chance.choice((0.1, 0.5, 2.0)))
        for turn in range(chance.randint(1, 4)):
            if chance.random() < 0.6:
                await live.say(f"turn {turn}", seconds=chance.choice((0.3, 0.5)), silence=0.3)
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
                              allow_interruptions=chance.random() < 0.9),
    ).run(play)  # fmt: skip


def check(record: CallRecord) -> tuple[int, list[str]]:
    """Return how many replies were measured, and what is wrong with them."""
    measured, problems = 0, []
    silent, asked = 0.0, {"voice": 0.0, "text": 0.0}
    for event in record.of("user.stopped", "user.turn", "bot.turn"):
        if event.kind == "user.stopped":
            silent = event.data["last_voiced_at"]
        elif event.kind == "user.turn":
            asked[event.data["source"]] = silent if event.data["source"] == "voice" else event.data["end"]
        elif (latency := event.data["latency"]) is not None:
            problems += wrong_parts(latency)
            first = event.data["words"][0]["at"]
            if event.data["latency_ms"] is not None and first is not None:
                measured += 1
                waited = 1000 * (first - asked[latency["origin"]])
                if abs(waited - latency["total_ms"]) > CLOSE_MS:
                    problems.append(f"{waited:.1f} ms passed, {latency['total_ms']} were told in {latency['segments']}")
    return measured, problems


def wrong_parts(latency: dict) -> list[str]:
    parts = latency["segments"]
    problems = []
    if abs(sum(part["ms"] for part in parts) - latency["total_ms"]) > CLOSE_MS:
        problems.append(f"{parts} do not sum to {latency['total_ms']}")
    if any(part["ms"] < 0 or part["name"] not in PARTS for part in parts):
        problems.append(f"{parts} are not parts")
    return problems


def unmeasured(record: CallRecord) -> list[str]:
    """Return the answers that a caller waited for and heard, and that tell no time."""
    problems = []
    events = record.of("user.turn", "interruption", "user.started", "bot.started", "bot.turn")
    for index, event in enumerate(events):
        if event.kind != "user.turn" or event.data["disposition"] != "turn":
            continue
        sound = next((later for later in events[index + 1 :] if later.kind != "bot.turn"), None)
        turns = [later for later in events[index + 1 :] if later.kind == "bot.turn" and later.data["words"]]
        if sound is None or sound.kind != "bot.started":
            continue
        answer = next(
            (
                turn
                for turn in turns
                if turn.data["words"][0]["at"] and turn.data["words"][0]["at"] >= sound.data["at"] - 0.001
            ),
            None,
        )
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
