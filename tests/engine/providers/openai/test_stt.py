"""Transcriptions against a strict server on this machine, through the SDK as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bots.engine.audio import wav
from bots.engine.errors import EngineError
from bots.engine.providers.openai.stt import LANGUAGES, OpenAISTTService, vendor_language
from bots.engine.services.settings import SettingRefused
from bots.engine.services.stt import STTDeadlines
from bots.engine.testing import contract
from bots.engine.testing.coded_speech import spoken
from bots.engine.testing.servers.speech import SpeechFake, SpeechFaults
from bots.engine.text.languages import Language

pytestmark = pytest.mark.network
KEY = "sk-fake"
WAV = wav.encode(spoken([1, 2]), 16000)


@asynccontextmanager
async def listening(fake: SpeechFake, *, key: str = KEY, **given: Any) -> AsyncIterator[OpenAISTTService]:
    async with fake.running():
        service = OpenAISTTService(api_key=key, base_url=fake.url, **given)
        try:
            yield service
        finally:
            await service.cleanup()
    assert fake.problems == []


async def test_an_utterance_is_uploaded_as_the_documents_say() -> None:  # SPCH-16
    fake = SpeechFake([" Two words. "])
    async with listening(
        fake, language=Language.EN_GB, prompt="Names: Ann.", temperature=0.0, model="gpt-4o-mini-transcribe"
    ) as service:
        transcript = await service.run_stt(WAV)
    assert (transcript.text, transcript.language) == ("Two words.", "en-GB")
    (upload,) = fake.uploads
    assert upload.fields == {
        "file": "audio.wav", "model": "gpt-4o-mini-transcribe", "language": "en", "prompt": "Names: Ann.",
        "response_format": "json", "temperature": "0.0",
    }  # fmt: skip
    assert (upload.pcm, upload.rate) == (spoken([1, 2]), 16000)


async def test_what_is_not_set_is_not_sent() -> None:
    fake = SpeechFake()
    async with listening(fake) as service:
        await service.run_stt(WAV)
    assert fake.uploads[0].fields == {"file": "audio.wav", "model": "gpt-4o-transcribe", "response_format": "json"}


async def test_the_contract_holds() -> None:  # SPCH-01, SPCH-02, SPCH-03, SPCH-04
    async with SpeechFake(["Hello there."]).running() as fake:
        make = lambda: OpenAISTTService(api_key=KEY, base_url=fake.url)  # noqa: E731
        (final,) = await contract.stt_service(make, spoken([1, 2, 3]), pace=0.2)
    assert final.text == "Hello there."
    assert fake.problems == []


async def test_settings_change_between_utterances() -> None:  # SPCH-03
    fake = SpeechFake()
    async with listening(fake) as service:
        service.update_settings({"language": Language.FR, "model": "whisper-1"})
        service.set_language("de-AT")
        await service.run_stt(WAV)
        with pytest.raises(SettingRefused, match="temperature"):
            service.update_settings({"temperature": 2.0})
        with pytest.raises(SettingRefused, match="base_url"):
            service.update_settings({"base_url": "http://elsewhere"})
    assert (fake.uploads[0].fields["language"], fake.uploads[0].fields["model"]) == ("de", "whisper-1")
    assert (service.model_name, service.language) == ("whisper-1", "de-AT")


async def failure(fake: SpeechFake, **given: Any) -> EngineError:
    async with listening(fake, **given) as service:
        with pytest.raises(EngineError) as caught:
            await service.run_stt(WAV)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "code", "retryable"),
    [
        (SpeechFaults(status=401), "stt.key_refused", False),
        (SpeechFaults(status=403), "stt.key_refused", False),
        (SpeechFaults(status=400), "stt.refused", False),
        (SpeechFaults(status=404), "stt.refused", False),
        (SpeechFaults(status=429), "stt.busy", False),
        (SpeechFaults(status=500), "stt.busy", True),
        (SpeechFaults(status=503), "stt.busy", True),
        (SpeechFaults(instead=b'{"text": '), "stt.unreadable", True),
        (SpeechFaults(instead=b"[]"), "stt.unreadable", True),
        (SpeechFaults(instead=b"<html>", kind="text/html"), "stt.unreadable", True),
        (SpeechFaults(instead=b'{"text": 5}'), "stt.unreadable", True),
    ],
)
async def test_failures_have_their_codes(
    fault: SpeechFaults, code: str, retryable: bool
) -> None:  # P1, P2, P6, P8, P15
    error = await failure(SpeechFake(faults=[fault]))
    assert (error.code, error.retryable) == (code, retryable)


async def test_a_wrong_key_and_a_closed_port_are_told_apart() -> None:  # P3, P15
    assert (await failure(SpeechFake(), key="sk-other")).code == "stt.key_refused"
    service = OpenAISTTService(api_key=KEY, base_url="http://127.0.0.1:1/v1")
    with pytest.raises(EngineError) as caught:
        await service.run_stt(WAV)
    await service.cleanup()
    assert caught.value.code == "stt.unreachable"


async def test_a_broken_answer_is_asked_for_once_more_and_a_slow_one_too() -> None:  # P2, P11
    for fault in (SpeechFaults(status=500), SpeechFaults(first_secs=5.0)):
        async with listening(SpeechFake(faults=[fault]), deadlines=STTDeadlines(final=0.2, give_up=4.0)) as service:
            await service.begin_utterance()
            await service.hear(spoken([1]))
            assert (await service.finish_utterance()).text == "Hello."


def test_languages_are_reduced_to_what_the_models_know() -> None:  # SPCH-16
    assert len(LANGUAGES) == 57
    assert [vendor_language(code) for code in ("en-US", "pt_BR", "nb", "zh-TW", "wo", "")] == [
        "en", "pt", "no", "zh", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"temperature": 1.5}, {"temperature": "hot"}, {"model": 5}, {"prompt": ["a"]}])
def test_a_constructor_refuses_what_it_cannot_mean(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OpenAISTTService(**wrong)
