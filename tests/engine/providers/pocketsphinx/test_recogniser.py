"""The embedded recogniser with its real worker, hearing synthetic voices."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio

from bots.engine.providers.pocketsphinx.errors import RecognitionMisused
from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.providers.pocketsphinx.recogniser import Recognition, Recognizer, recogniser_worker
from bots.engine.providers.pocketsphinx.self_test import self_test
from bots.engine.providers.pocketsphinx.vocabulary import Vocabulary
from bots.engine.providers.workers.errors import WorkerDied
from bots.engine.providers.workers.pool import WorkerPool
from tests.engine.providers.voices import quiet, spoken
from tests.engine.providers.workers.census import other_tasks, resident_megabytes

pytestmark = [pytest.mark.worker, pytest.mark.asyncio(loop_scope="module")]

STEP = 640


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(recogniser_worker(), warm=1, limit=1)
    await pool.start()
    yield pool
    await pool.close()


@pytest_asyncio.fixture(loop_scope="module")
async def pool(shared: WorkerPool) -> AsyncIterator[WorkerPool]:
    """One worker for all tests, given back by each."""
    yield shared
    assert shared.leased == 0
    assert "pocketsphinx utterance" not in other_tasks()


async def heard(recogniser: Recognizer, pcm: bytes, pause_s: float = 0) -> Recognition:
    await recogniser.start_utterance()
    for start in range(0, len(pcm), STEP):
        recogniser.audio(pcm[start : start + STEP])
        if start % (STEP * 5) == 0:
            await asyncio.sleep(pause_s)
    return await recogniser.end_utterance()


async def test_it_hears_words_with_times_and_shows_growing_partials(pool: WorkerPool) -> None:
    partials: list[str] = []
    recogniser = Recognizer(pool, on_partial=partials.append)
    await recogniser.open()
    assert 60 < resident_megabytes(next(iter(pool._leased)).pid) < 160
    (pcm,) = await spoken("I would like to pay my bill.")
    result = await heard(recogniser, pcm, pause_s=0.02)
    assert result.text == "i would like to pay my bill"
    assert result.source == "general"
    assert 0.3 < result.confidence <= 1
    assert [word.text for word in result.words] == result.text.split()
    assert all(word.start_s < word.end_s for word in result.words)
    assert all(a.end_s <= b.start_s for a, b in pairwise(result.words))
    assert 0.1 < result.words[0].start_s < 0.6
    assert result.words[-1].end_s <= len(pcm) / 32_000
    assert len(partials) >= 2
    assert all(a != b for a, b in pairwise(partials)), "only when the text changed"
    await recogniser.close()
    assert pool.leased == 0


async def test_the_bots_vocabulary_helps_and_what_is_outside_it_is_still_heard(pool: WorkerPool) -> None:
    vocabulary = Vocabulary(
        sentences=(
            "Cancel my appointment",
            "My order number is four seven two nine",
            "I want the zorblax",
        ),
        pronunciations={"zorblax": "Z AO R B L AE K S"},
    )
    recogniser = Recognizer(pool, vocabulary=vocabulary)
    number, invented, outside = await spoken(
        "My order number is four seven two nine.",
        "I want the zorblax.",
        "I forgot my password.",
        voice="slt",
    )
    assert await text_of(recogniser, number) == ("my order number is four seven two nine", "vocabulary")
    assert await text_of(recogniser, invented) == ("i want the zorblax", "vocabulary")
    assert await text_of(recogniser, outside) == ("i forgot my password", "general")
    await recogniser.close()

    plain = Recognizer(pool)
    assert "zorblax" not in (await heard(plain, invented)).text, "the next call knows nothing of it"
    await plain.close()


async def text_of(recogniser: Recognizer, pcm: bytes) -> tuple[str, str]:
    result = await heard(recogniser, pcm)
    return result.text, result.source


async def test_silence_and_nothing_give_no_words(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool)
    await recogniser.start_utterance()
    assert await recogniser.end_utterance() == Recognition(text="", words=(), confidence=0.0, source="general")
    assert (await heard(recogniser, quiet(1.0))).text == ""
    await recogniser.close()


async def test_odd_bytes_and_odd_pieces_do_not_shift_the_samples(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool)
    (pcm,) = await spoken("Please wait a moment.")
    await recogniser.start_utterance()
    for start in range(0, len(pcm), 333):
        recogniser.audio(pcm[start : start + 333])
    recogniser.audio(b"\x01")
    assert (await recogniser.end_utterance()).text == "please wait a moment"
    await recogniser.close()


async def test_long_speech_is_cut_inside_and_joined_again(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool, PocketSphinxOptions(max_utterance_s=3.0))
    one, two = await spoken("I would like to pay my bill.", "Please wait a moment.")
    first = one + quiet(3.0 - len(one) / 32_000)
    result = await heard(recogniser, first + two)
    assert result.text == "i would like to pay my bill please wait a moment"
    assert result.words[6].start_s < 3.0 < result.words[7].start_s
    await recogniser.close()


async def test_a_worker_killed_in_an_utterance_costs_that_utterance_only(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool)
    (pcm,) = await spoken("Please wait a moment.")
    assert (await heard(recogniser, pcm)).text
    adapted = recogniser._mean
    await recogniser.start_utterance()
    recogniser.audio(pcm[:9600])
    os.kill(next(iter(pool._leased)).pid, signal.SIGKILL)
    with pytest.raises(WorkerDied) as raised:
        recogniser.audio(pcm[9600:])
        await recogniser.end_utterance()
    assert raised.value.code == "speech.worker_died"
    assert recogniser._configuration()["mean"] == adapted, "the next worker starts from the voice heard so far"
    assert (await heard(recogniser, pcm)).text == "please wait a moment"
    await recogniser.close()


async def test_an_abandoned_utterance_leaves_nothing_behind(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool)
    one, two = await spoken("I would like to pay my bill.", "Please wait a moment.")
    await recogniser.start_utterance()
    recogniser.audio(one)
    await recogniser.abandon_utterance()
    assert (await heard(recogniser, two)).text == "please wait a moment"
    await recogniser.start_utterance()
    recogniser.audio(one)
    await recogniser.close()
    assert (await heard(recogniser, two)).text == "please wait a moment", "also after closing in mid-utterance"
    await recogniser.close()


async def test_a_result_nobody_waited_for_is_not_taken_for_the_next(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool)
    one, two = await spoken("I would like to pay my bill.", "Please wait a moment.")
    await recogniser.start_utterance()
    recogniser.audio(one)
    ending = asyncio.create_task(recogniser.end_utterance())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    ending.cancel()
    await asyncio.wait([ending])
    assert ending.cancelled()
    assert (await heard(recogniser, two)).text == "please wait a moment"
    await recogniser.close()


@pytest.mark.parametrize(
    "vocabulary",
    [
        Vocabulary(("yes",)),
        Vocabulary(("...", "")),
        Vocabulary(("okafor zzyzx",)),
        Vocabulary(("please", "please please please"), {"please": "P L IY Z"}),
        Vocabulary(tuple(f"room {number} don't wait a.m." for number in range(300))),
    ],
)
async def test_any_vocabulary_can_be_loaded(pool: WorkerPool, vocabulary: Vocabulary) -> None:
    recogniser = Recognizer(pool, vocabulary=vocabulary)
    (pcm,) = await spoken("Please wait a moment.")
    try:
        assert (await heard(recogniser, pcm)).text == "please wait a moment"
    finally:
        await recogniser.close()


async def test_audio_and_ends_outside_an_utterance_are_refused(pool: WorkerPool) -> None:
    recogniser = Recognizer(pool)
    with pytest.raises(RecognitionMisused):
        recogniser.audio(b"\0\0")
    with pytest.raises(RecognitionMisused):
        await recogniser.end_utterance()


async def test_the_self_test_finds_it_well() -> None:
    findings = await self_test()
    assert [finding.name for finding in findings] == ["pocketsphinx", "pocketsphinx dictionary"]
    assert all(finding.ok for finding in findings)
