"""G.711 against the standard's values."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from bots.engine.audio import g711
from bots.engine.audio.pcm import samples_of

GOLDEN = [
    tuple(map(int, line.split()))
    for line in (Path(__file__).parent / "data" / "g711.txt").read_text().splitlines()
    if not line.startswith("#")
]
CODES = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768).astype("<i2").tobytes()


def test_every_code_decodes_to_the_standards_sample():
    assert [code for code, _, _ in GOLDEN] == list(range(256))
    assert samples_of(g711.ulaw_decode(CODES)).tolist() == [ulaw for _, ulaw, _ in GOLDEN]
    assert samples_of(g711.alaw_decode(CODES)).tolist() == [alaw for _, _, alaw in GOLDEN]


def test_every_decoded_sample_encodes_to_its_code():
    minus_zero = CODES.replace(b"\x7f", b"\xff")  # mu-law has two zeros; the positive one is sent
    assert g711.ulaw_encode(g711.ulaw_decode(CODES)) == minus_zero
    assert g711.alaw_encode(g711.alaw_decode(CODES)) == CODES


@pytest.mark.parametrize(
    ("encode", "digest"),
    [
        (g711.ulaw_encode, "81d633c9e6972a18c74a58720b96cb8ca0bdd096d4060b646dd708c3b846019a"),
        (g711.alaw_encode, "38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b"),
    ],
)
def test_all_65536_samples_encode_as_the_reference_tables_do(encode, digest):
    assert hashlib.sha256(encode(EVERY_SAMPLE)).hexdigest() == digest


@pytest.mark.parametrize("codec", ["ulaw", "alaw"])
def test_a_round_trip_stays_within_the_step_of_the_segment(codec):
    encode, decode = getattr(g711, f"{codec}_encode"), getattr(g711, f"{codec}_decode")
    samples = samples_of(EVERY_SAMPLE).astype(int)
    error = np.abs(samples_of(decode(encode(EVERY_SAMPLE))).astype(int) - samples)
    assert (error <= np.maximum(16, np.abs(samples) / 16)).all()


def test_nothing_encodes_to_nothing():
    assert g711.ulaw_encode(b"") == g711.alaw_decode(b"") == b""
