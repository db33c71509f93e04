"""The embedded synthesiser with its real worker."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bots.engine.errors import ProviderError
from bots.engine.providers.espeak.errors import NoSynthesiser, UnknownVoice, UnsayableText
from bots.engine.providers.espeak.library import bundled
from bots.engine.providers.espeak.options import EspeakOptions
from bots.engine.providers.espeak.self_test import self_test
from bots.engine.providers.espeak.synthesizer import (
    SpeechChunk,
    Synthesizer,
    WordTiming,
    list_voices,
    synthesiser_worker,
)
from bots.engine.providers.espeak.timeline import plain_text
from bots.engine.providers.workers.errors import WorkerDied
from bots.engine.providers.workers.pool import WorkerPool
from tests.engine.providers.workers.census import other_tasks, resident_megabytes, until

pytestmark = pytest.mark.worker

Said = tuple[bytes, list[WordTiming], list[SpeechChunk]]


async def said(synthesizer: Synthesizer, text: str, **how: object) -> Said:
    chunks = [chunk async for chunk in synthesizer.synthesize(text, **how)]  # type: ignore[arg-type]
    return b"".join(chunk.pcm for chunk in chunks), [word for chunk in chunks for word in chunk.words], chunks


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(synthesiser_worker(), warm=1, limit=1)
    await pool.start()
    yield pool
    await pool.close()
    assert other_tasks() == set()


@pytest.fixture
def synthesizer(pool: WorkerPool) -> Synthesizer:
    return Synthesizer(pool)


@pytest.fixture(scope="module")
def say() -> Iterator[Callable[[str], Said]]:
    """Say a text with a worker that all examples share."""
    with asyncio.Runner() as runner:
        pool = WorkerPool(synthesiser_worker(), warm=1, limit=1)
        runner.run(pool.start())
        yield lambda text: runner.run(said(Synthesizer(pool), text, sample_rate=16_000))
        runner.run(pool.close())


WORDS = st.sampled_from(
    ["hello", "12.50", "$5", "3/4", "100%", "a.m.", "U.S.A.", "don't", "-", "–", "...", "(x)", "<b>", "[[x]]", "&", "é"]
) | st.text(max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=10).map(" ".join))
@example("It costs 12.50 dollars.  Really?\tYes - at 3 p.m., 3/4 of 100% … ok")
@example("\U0001f600 日本 über \u202e x\0y \ud800 z")
@example("((( )))")
@example("word " * 400)
def test_every_token_is_timed_once_in_order_within_the_audio(say: Callable[[str], Said], text: str) -> None:
    pcm, words, _ = say(text)
    assert " ".join(word.text for word in words) == plain_text(text)
    length = len(pcm) / 2 / 16_000
    assert all(0 <= word.start_s <= word.end_s for word in words)
    assert all(a.end_s <= b.start_s for a, b in pairwise(words))
    assert not words or words[-1].end_s <= length + 0.001


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\0\x07"])
async def test_a_text_without_a_visible_character_says_nothing(synthesizer: Synthesizer, text: str) -> None:
    assert (await said(synthesizer, text))[2] == []


async def test_words_carry_the_synthesisers_own_times(synthesizer: Synthesizer) -> None:
    pcm, words, chunks = await said(synthesizer, "Hello, it costs 12.50 dollars.", **defaults())
    assert not any(word.estimated for word in words)
    assert words[3].end_s - words[3].start_s > 0.8, "a number takes the time of all it is said with"
    assert len(chunks) > 10, "it is streamed"
    assert any(pcm)


def defaults() -> dict[str, object]:
    options = EspeakOptions()
    return {"voice": options.voice, "rate": options.rate, "pitch": options.pitch, "sample_rate": options.sample_rate}


@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000, 48_000])
async def test_the_audio_is_as_long_as_what_was_said_at_every_sample_rate(synthesizer: Synthesizer, rate: int) -> None:
    pcm, words, _ = await said(synthesizer, "Good morning, how can I help you?", sample_rate=rate)
    assert len(pcm) % 2 == 0
    assert abs(len(pcm) / 2 / rate - words[-1].end_s) <= 0.5 / rate + 0.5 / 22_050
    assert max(map(abs, array("h", pcm))) > 2_000


async def test_faster_is_shorter_and_higher_is_different(synthesizer: Synthesizer) -> None:
    text = "Good morning, how can I help you?"
    usual, fast = (await said(synthesizer, text))[0], (await said(synthesizer, text, rate=300))[0]
    assert len(fast) < 0.7 * len(usual)
    assert (await said(synthesizer, text, pitch=90))[0] != usual


async def test_closing_the_iterator_stops_at_once_and_frees_the_worker(
    pool: WorkerPool, synthesizer: Synthesizer
) -> None:
    speech = synthesizer.synthesize("word " * 9_000)
    assert (await anext(speech)).pcm
    async with asyncio.timeout(0.25):
        await speech.aclose()
    assert (pool.idle, pool.leased) == (1, 0)
    assert (await said(synthesizer, "Still here."))[1][0].text == "Still"


async def test_a_slow_listener_does_not_keep_the_worker(pool: WorkerPool, synthesizer: Synthesizer) -> None:
    slow = synthesizer.synthesize("Good morning, how can I help you today?")
    await anext(slow)
    await until(lambda: not pool.leased)
    assert (await said(synthesizer, "Me too."))[1][0].text == "Me"
    rest = [word.text async for chunk in slow for word in chunk.words]
    assert rest[-1] == "today?"


async def test_a_worker_killed_while_speaking_costs_that_text_only(pool: WorkerPool, synthesizer: Synthesizer) -> None:
    speech = synthesizer.synthesize("word " * 9_000)
    await anext(speech)
    os.kill(next(iter(pool._leased)).pid, signal.SIGKILL)
    with pytest.raises(WorkerDied):
        async for _ in speech:
            pass
    assert (await said(synthesizer, "Still here."))[1][0].text == "Still"


async def test_twenty_at_once_share_one_slim_worker(pool: WorkerPool, synthesizer: Synthesizer) -> None:
    texts = [f"This is number {number}." for number in range(20)]
    results = await asyncio.gather(*(said(synthesizer, text) for text in texts))
    assert [" ".join(word.text for word in words) for _, words, _ in results] == texts
    assert resident_megabytes(pool._idle[0].pid) < 60


@pytest.mark.parametrize(
    ("how", "error"),
    [({"voice": "zz-nobody"}, UnknownVoice), ({"rate": 5}, UnsayableText), ({"sample_rate": 1}, UnsayableText)],
)
async def test_what_cannot_be_said_so_is_a_coded_error_of_the_author(
    synthesizer: Synthesizer, how: dict[str, object], error: type[ProviderError]
) -> None:
    with pytest.raises(error) as raised:
        await said(synthesizer, "hello", **how)
    assert raised.value.owner == "author"
    assert (await said(synthesizer, "hello"))[1]


async def test_too_long_a_text_is_refused(synthesizer: Synthesizer) -> None:
    with pytest.raises(UnsayableText):
        await said(synthesizer, "x" * 50_001)


async def test_every_listed_voice_id_is_accepted(synthesizer: Synthesizer) -> None:
    voices = await synthesizer.voices()
    assert len(voices) > 50
    assert await list_voices() == voices
    american = next(voice for voice in voices if voice["language"] == "en-us")
    assert (await said(synthesizer, "hello", voice=american["id"]))[0]
    assert (await said(synthesizer, "hello", voice="en-us+f3"))[0]


async def test_data_under_a_long_path_is_reached_by_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 7, "espeak-ng-data")
    shutil.copytree(str(bundled()[1]), deep)
    assert len(str(deep)) > 187
    pool = WorkerPool(synthesiser_worker(("loader",), data=str(deep)), warm=1, limit=1)
    try:
        await pool.start()
        assert (await said(Synthesizer(pool), "hello"))[0]
    finally:
        await pool.close()


async def test_without_the_first_synthesiser_the_next_one_speaks(tmp_path: Path) -> None:
    pool = WorkerPool(synthesiser_worker(("loader", "flite"), data=str(tmp_path)), warm=1, limit=1)
    try:
        await pool.start()
        assert pool._idle[0].ready["synthesiser"] == "flite"
        assert (await said(Synthesizer(pool), "hello", **defaults()))[0], "with its own voice for one it lacks"
    finally:
        await pool.close()


async def test_without_any_synthesiser_the_error_names_the_line_to_type(tmp_path: Path) -> None:
    with pytest.raises(NoSynthesiser) as raised:
        await WorkerPool(synthesiser_worker(("loader",), data=str(tmp_path))).start()
    assert raised.value.next_step == "Run: pip install espeakng-loader (or: apt install espeak-ng)"


async def test_the_self_test_finds_it_well() -> None:
    (finding,) = await self_test()
    assert finding.ok, finding.message
