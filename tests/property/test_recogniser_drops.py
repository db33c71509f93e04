"""Five hundred drops of a recogniser's line, at random samples: every word once (reliability G18)."""

import random

import pytest

from bots.engine.testing.recogniser import MemoryRecogniser, RecogniserFaults, RecogniserSession
from tests.engine.services.test_stt_stream import Talk, heard, service, talk

pytestmark = pytest.mark.property


async def conversation(talk: Talk) -> None:
    for words in (6, 1, 12, 3, 9):
        await talk.silence(0.4)
        await talk.say(words)
        await talk.silence(0.8)


def drops_of(seed: int) -> int:
    chance = random.Random(seed)
    # Every third line lives long enough for the longest utterance, or nothing could ever be understood.
    cuts = [
        chance.randrange(2000, 300000 if number % 3 == 2 else 60000) + (number % 3 == 2) * 100000
        for number in range(400)
    ]
    timed, numbered, per_final = chance.random() < 0.7, chance.random() < 0.5, chance.choice([1, 2, 3, 5, 99])
    server = MemoryRecogniser(
        lambda number: RecogniserFaults(
            cut_after=cuts[number], twice=timed and seed % 3 == 0, delay=chance.choice([0, 0.05])
        ),
        lambda: RecogniserSession(per_final, timed, numbered),
    )
    _, behind, _, said = talk(service(server), conversation)
    assert heard(behind) == said.words(), f"seed {seed}"
    return len(server.lines) - 1


def test_no_word_is_lost_or_doubled_in_five_hundred_drops() -> None:  # P10, P12
    assert sum(drops_of(seed) for seed in range(100)) >= 500
