"""Noise filters: what they do to noise and speech, and what they say when something is missing (AUD-01…04, 07)."""

import asyncio
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bots.engine.audio.filters import FILTERS, FilterUnavailable, KoalaFilter, KrispFilter, NoisereduceFilter
from bots.engine.audio.filters.base import BaseAudioFilter
from bots.engine.audio.filters.catalogue import filter_named
from bots.engine.audio.pcm import bytes_of, samples_of
from bots.engine.errors import SpecError

RATE = 16000


def ran(audio_filter: BaseAudioFilter, pcm: bytes, step: int = 640, off_at: int | None = None) -> bytes:
    """Feed audio in pieces of ``step`` bytes; switch off at one of them."""

    async def run() -> bytes:
        await audio_filter.start(RATE)
        out = bytearray()
        for at in range(0, len(pcm), step):
            if at == off_at:
                audio_filter.enable(False)
            out += await audio_filter.filter(pcm[at : at + step])
        await audio_filter.stop()
        return bytes(out)

    return asyncio.run(run())


def noisy_voice() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Four seconds: steady noise, and a harmonic sound in the second half of each second. Voice and mixture."""
    time = np.arange(RATE * 4) / RATE
    voice = np.zeros(len(time))
    for second in range(4):
        part = slice(int((second + 0.5) * RATE), (second + 1) * RATE)
        harmonics = sum(np.sin(2 * np.pi * pitch * time[part]) for pitch in (200, 400, 600, 1200, 2400))
        voice[part] = 2000 * np.hanning(RATE // 2) * harmonics
    return voice, voice + np.random.default_rng(1).normal(0, 600, len(time))


@pytest.mark.heavy
def test_steady_noise_goes_and_the_voice_stays() -> None:  # AUD-04
    voice, mixture = noisy_voice()
    cleaned = samples_of(ran(NoisereduceFilter(), bytes_of(mixture))).astype(float)
    mixture = mixture[: len(cleaned)]
    pause, speech = slice(int(3.1 * RATE), int(3.4 * RATE)), slice(int(2.6 * RATE), int(2.9 * RATE))
    assert 20 * np.log10(np.std(cleaned[pause]) / np.std(mixture[pause])) < -12
    kept = np.dot(cleaned[speech], voice[speech]) / np.dot(voice[speech], voice[speech])
    assert -3.5 < 20 * np.log10(kept) < 1


@pytest.mark.heavy
def test_switched_off_it_lets_the_sound_as_it_is_without_a_jump_in_time() -> None:  # AUD-01
    _, mixture = noisy_voice()
    pcm = bytes_of(mixture)
    out = ran(NoisereduceFilter(), pcm, off_at=2 * RATE * 2)
    assert len(pcm) - len(out) < 2 * int(0.135 * RATE)
    later = slice(int(2.2 * RATE) * 2, len(out))
    assert out[later] == pcm[later]


@pytest.mark.heavy
def test_pieces_of_any_size_give_the_same_sound() -> None:
    _, mixture = noisy_voice()
    pcm = bytes_of(mixture[: RATE * 2])
    whole = ran(NoisereduceFilter(), pcm, step=len(pcm))
    assert ran(NoisereduceFilter(), pcm, step=722) == whole


@pytest.mark.heavy
@pytest.mark.parametrize("row", FILTERS, ids=lambda row: row.name)
def test_each_filter_says_what_it_lacks_or_works(row: Any) -> None:  # AUD-02, AUD-03, PROD-33
    lacks = row.missing()
    if lacks:
        with pytest.raises(FilterUnavailable):
            ran(row.make(), bytes(RATE))
    else:
        assert ran(row.make(), bytes(RATE))


def test_a_filter_that_nobody_knows_is_refused() -> None:
    with pytest.raises(SpecError):
        filter_named("magic")


def test_krisp_names_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # AUD-02
    monkeypatch.delenv("KRISP_MODEL_PATH", raising=False)
    with pytest.raises(FilterUnavailable, match="KRISP_MODEL_PATH"):
        ran(KrispFilter(), b"")
    with pytest.raises(FilterUnavailable, match="not a folder"):
        ran(KrispFilter(model_path=str(tmp_path)), b"")
    model = tmp_path / "model.kw"
    model.write_bytes(b"model")
    with pytest.raises(FilterUnavailable, match="pipecat_ai_krisp"):
        ran(KrispFilter(model_path=str(model)), b"")
    with pytest.raises(FilterUnavailable, match="sample_type"):
        KrispFilter("FLOAT")
    with pytest.raises(FilterUnavailable, match="channels"):
        KrispFilter(channels=2)


class Half:
    """Stands for an engine: it halves every sample, in frames of 512."""

    sample_rate, frame_length = RATE, 512

    def __init__(self, *about: Any, **more: Any) -> None:
        self.about, self.deleted = (about, more), False

    def process(self, samples: Any) -> Any:
        return [int(sample) // 2 for sample in samples] if isinstance(samples, list) else samples // 2

    def delete(self) -> None:
        self.deleted = True


def module(name: str, **members: Any) -> ModuleType:
    made = ModuleType(name)
    made.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec(name, None)
    for member, value in members.items():
        setattr(made, member, value)
    return made


def test_krisp_cleans_with_its_package_where_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "model.kw"
    model.write_bytes(b"model")
    monkeypatch.setenv("KRISP_MODEL_PATH", str(model))
    for name in ("pipecat_ai_krisp", "pipecat_ai_krisp.audio"):
        monkeypatch.setitem(sys.modules, name, module(name))
    processor = module("pipecat_ai_krisp.audio.krisp_processor", KrispAudioProcessor=Half)
    monkeypatch.setitem(sys.modules, processor.__name__, processor)
    assert ran(KrispFilter(), b"\x08\0" * 320) == b"\x04\0" * 320
    assert ran(KrispFilter(), b"\x08\0" * 640, off_at=640) == b"\x04\0" * 320 + b"\x08\0" * 320


def test_koala_needs_a_key_its_package_and_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:  # AUD-03
    with pytest.raises(FilterUnavailable, match="access_key"):
        KoalaFilter("")
    with pytest.raises(FilterUnavailable, match="pip install pvkoala"):
        ran(KoalaFilter("key"), b"")

    class KoalaError(Exception):
        pass

    def create(access_key: str) -> Half:
        if access_key != "key":
            raise KoalaError
        return Half()

    monkeypatch.setitem(sys.modules, "pvkoala", module("pvkoala", create=create, KoalaError=KoalaError))
    assert ran(KoalaFilter("key"), b"\x08\0" * 1100) == b"\x04\0" * 1024, "whole frames of 512 samples"
    with pytest.raises(FilterUnavailable, match="does not accept"):
        ran(KoalaFilter("other"), b"")
    monkeypatch.setattr(Half, "sample_rate", 8000)
    with pytest.raises(FilterUnavailable, match="8000 Hz"):
        ran(KoalaFilter("key"), b"")
