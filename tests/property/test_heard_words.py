"""What is stored of the bot's speech is what the far end heard (DESIGN 1.3, lessons T1, idea 2).

Every call is made from its seed alone; a failure names the seed, and ``play_random_call(seed)`` plays it again.
"""

import random

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.caller import CallerTransport, ScriptedVAD
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT, TapeTTS, TapeVoice
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.transports.params import TransportParams
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams

CALLS, PARTS = 2000, 8
RATE = 8000


async def look_up(params: FunctionCallParams) -> None:
    await params.llm.clock.sleep(params.arguments["seconds"])
    await params.result_callback({"found": True})


def some_text(chance: random.Random, number: int) -> str:
    sentences = []
    for sentence in range(chance.randint(1, 3)):
        words = [f"w{number}x{sentence}x{index}" for index in range(chance.randint(1, 7))]
        sentences.append(" ".join(words).capitalize() + chance.choice(".!?"))
    return " ".join(sentences)


def some_reply(chance: random.Random, number: int) -> TapeReply:
    calls = []
    if chance.random() < 0.25:
        calls = [TapeCall("look_up", {"seconds": chance.choice((0.0, 0.1, 0.4))}) for _ in range(chance.randint(1, 2))]
    text = some_text(chance, number) if not calls or chance.random() < 0.5 else ""
    return TapeReply(text, calls, first=chance.uniform(0, 0.3), between=chance.choice((0.0, 0.005, 0.05)))


def some_voice(chance: random.Random) -> TapeVoice:
    """A voice with word timings delivers as it likes; one without gives a sentence at once, or speaks at usual pace."""
    kind = chance.random()
    if kind < 0.06:
        return TapeVoice(word=7.5 / 15, delay=0.1, words_per_piece=1, between=0.3, timings=False)
    if kind < 0.3:
        return TapeVoice(chance.choice((0.05, 0.11)), chance.uniform(0, 0.2), words_per_piece=50, timings=False)
    return TapeVoice(
        word=chance.choice((0.03, 0.05, 0.0625, 0.11)),
        delay=chance.uniform(0, 0.2),
        between=chance.choice((0.0, 0.0, 0.03, 0.2)),
        jitter=chance.choice((0.0, 0.02, 0.15)),
        words_per_piece=chance.randint(1, 4),
    )


def random_call(seed: int) -> tuple[ScriptedCall, random.Random]:
    chance = random.Random(seed)
    replies = [some_reply(chance, number) for number in range(6)]
    voice = some_voice(chance)
    mode = chance.choice(list(TextAggregationMode))
    two_step, clearable = chance.random() < 0.5, chance.random() < 0.5
    delay = chance.choice((0.05, 0.3, 0.7))

    def make(parts: CallParts) -> CallParts:
        if two_step:
            params = LLMUserAggregatorParams(barge_in=BargeInParams(decide_secs=chance.choice((0.3, 0.8))))
            parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=params)
            ears = TransportParams(vad_analyzer=ScriptedVAD(), pause_secs=0.1)
            parts.transport = CallerTransport(ears, clearable=clearable)
        parts.stt = TapeSTT(delay=delay)
        parts.llm = TapeLLM(replies, run_in_parallel=chance.random() < 0.8)
        parts.tts = TapeTTS(voice, sample_rate=RATE, text_aggregation_mode=mode)
        return parts

    call = ScriptedCall(
        tools={"look_up": look_up},
        make=make,
        clearable=clearable,
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        seed=seed,
        settings={"enable_turn_tracking": False},
    )
    return call, chance


def play_random_call(seed: int) -> CallRecord:
    call, chance = random_call(seed)

    async def play(live: LiveCall) -> None:
        # What was written to a far end that cannot take it back is heard: it gets the moment to play it.
        turns = chance.choice((1, 1, 2, 3))
        for turn in range(turns):
            await live.type(f"turn {turn}")
            doing = chance.random()
            if doing < 0.35:
                await live.wait(chance.uniform(0.0, 1.2))
                await live.say(
                    chance.choice(("mhm", "mhm", "okay", "yeah", "stop it please", "no", "")),
                    seconds=chance.choice((0.14, 0.3, 0.9)),
                    silence=chance.choice((0.2, 0.5, 1.0)),
                )
                if turn == turns - 1:
                    await live.wait(0.1)
            elif doing < 0.6:
                await live.wait(chance.uniform(0.0, 1.2))
                await live.task.interrupt()
                await live.wait(chance.choice((0.0, 0.001, 0.3)) if turn < turns - 1 else 0.1)
            elif doing < 0.75:
                await live.wait(chance.uniform(0.0, 1.2))
            else:
                await live.bot_silent(quiet=0.6)

    return call.run(play)


def words_of(text: str) -> list[str]:
    return text.split()


def check(seed: int, record: CallRecord) -> str:
    """Return what is wrong with a call, or nothing."""
    heard, stored = list(record.heard), record.stored_words
    turns = record.of("bot.turn")
    in_context = [
        word for message in record.messages if message["role"] == "assistant" and message.get("content")
        for word in words_of(message["content"])
    ]  # fmt: skip
    problems = []
    if in_context != stored:
        problems.append(f"context {in_context} is not what is stored {stored}")
    if [word for turn in turns for word in words_of(turn.data["text"])] != stored:
        problems.append("the turns' texts are not their heard words")
    # Each cut may leave one word on the edge: the one that was being said.
    cuts = sum(turn.data["interrupted"] for turn in turns) + 1
    extra, lost = [w for w in stored if w not in heard], [w for w in heard if w not in stored]
    if len(extra) + len(lost) > cuts or max(per_turn(turns, extra), default=0) > 1:
        problems.append(f"invented {extra}, lost {lost}, with {cuts} cuts")
    if [word for word in stored if word in heard] != [word for word in heard if word in stored]:
        problems.append("the order of the words is another")
    for turn in turns:
        planned = words_of(turn.data["planned"])
        if [word["text"] for word in turn.data["words"]] != planned:
            problems.append("planned is not heard and unheard together")
        flags = [word["heard"] for word in turn.data["words"]]
        if flags != sorted(flags, reverse=True):
            problems.append("a word was heard behind one that was not")
        times = [word["at"] for word in turn.data["words"] if word["heard"]]
        if times != sorted(times):
            problems.append("words are not in the order of their times")
    spoken, settled = len(record.of("user.started")), len(record.of("user.utterance"))
    if spoken != settled:
        problems.append(f"{spoken} utterances have {settled} dispositions")
    held, over = len(record.of("bot.held")), len(record.of("bot.resumed", "interruption", "call.ending"))
    if held > over:
        problems.append(f"{held} holds and {over} ends of them")
    asked = {call["id"] for message in record.messages for call in message.get("tool_calls") or ()}
    answered = [message["tool_call_id"] for message in record.messages if message["role"] == "tool"]
    if len(answered) != len(set(answered)) or not set(answered) <= asked:
        problems.append("tool results do not match their calls")
    return f"seed {seed}: {'; '.join(problems)}" if problems else ""


def per_turn(turns: list, extra: list[str]) -> list[int]:
    return [sum(word["text"] in extra for word in turn.data["words"]) for turn in turns]


@pytest.mark.property
@pytest.mark.parametrize("part", range(PARTS))
def test_stored_words_are_heard_words(part: int) -> None:
    size = CALLS // PARTS
    seeds = range(part * size, (part + 1) * size)
    print(f"seeds {seeds.start} to {seeds.stop - 1}")
    heard = cut = held = resumed = asked = 0
    problems = []
    for seed in seeds:
        record = play_random_call(seed)
        heard += len(record.heard)
        cut += sum(turn.data["interrupted"] for turn in record.of("bot.turn"))
        held, resumed = held + len(record.of("bot.held")), resumed + len(record.of("bot.resumed"))
        asked += len(record.of("tool.started"))
        if problem := check(seed, record):
            problems.append(problem)
    assert not problems, "\n".join(problems[:5])
    # Calls in which nothing was said, cut, held or looked up would prove nothing.
    assert heard > 3 * size and cut > size // 10
    assert held > size // 20 and resumed > size // 100 and asked > size // 5


def test_an_ear_that_misses_a_word_is_noticed() -> None:
    seed = next(seed for seed in range(50) if len(play_random_call(seed).heard) > 4)
    record = play_random_call(seed)
    assert not check(seed, record)
    deaf = type(record)(
        record.outcome, record.events, record.journal, record.messages, record.heard[2:], record.sent_messages
    )
    assert check(seed, deaf)
