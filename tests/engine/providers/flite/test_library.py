"""flite where the system has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.providers.espeak.synthesizer import Synthesizer, synthesiser_worker
from bots.engine.providers.espeak.timeline import plain_text
from bots.engine.providers.flite.library import MOST_TOKENS, pieces_of
from bots.engine.providers.flite.self_test import self_test
from bots.engine.providers.workers.pool import WorkerPool


def test_it_speaks_by_sentences_and_leaves_out_what_it_cannot_say() -> None:
    assert list(pieces_of("Hi there. Café — 日本 ok")) == [[(0, "Hi"), (3, "there.")], [(10, "Cafe"), (20, "ok")]]
    assert list(pieces_of("... ?")) == []


@given(st.text(max_size=80).map(plain_text))
def test_pieces_keep_the_order_and_place_of_tokens(text: str) -> None:
    pieces = list(pieces_of(text))
    offsets = [offset for piece in pieces for offset, _ in piece]
    assert offsets == sorted(set(offsets))
    assert all(offset == 0 or text[offset - 1] == " " for offset in offsets)
    assert all(0 < len(piece) <= MOST_TOKENS and token.isascii() for piece in pieces for _, token in piece)


@pytest.mark.worker
async def test_it_says_words_at_their_own_times_with_each_voice() -> None:
    pool = WorkerPool(synthesiser_worker(("flite",)), warm=1, limit=1)
    try:
        await pool.start()
        synthesizer = Synthesizer(pool)
        voices = [voice["id"] for voice in await synthesizer.voices()]
        assert voices == ["slt", "rms", "awb", "kal16"]
        text = "Hello, it costs 12.50 dollars. Really?"
        for voice in voices:
            chunks = [chunk async for chunk in synthesizer.synthesize(text, voice=voice, sample_rate=16_000)]
            words = [word for chunk in chunks for word in chunk.words]
            assert " ".join(word.text for word in words) == text
            assert not any(word.estimated for word in words)
            assert words[-1].end_s == pytest.approx(sum(len(chunk.pcm) for chunk in chunks) / 32_000)
        slow, fast = [
            sum([len(chunk.pcm) async for chunk in synthesizer.synthesize(text, voice="slt", rate=rate)])
            for rate in (120, 240)
        ]
        assert slow > 1.7 * fast
        odd = [chunk async for chunk in synthesizer.synthesize("... 日本 ?", voice="slt")]
        assert [word.text for chunk in odd for word in chunk.words] == ["...", "日本", "?"]
    finally:
        await pool.close()


@pytest.mark.worker
async def test_the_self_test_finds_it_well() -> None:
    (finding,) = await self_test()
    assert finding.ok
    assert finding.name == "flite"
