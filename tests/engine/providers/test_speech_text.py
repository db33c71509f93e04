"""What a bot's author sets about its speech reaches its voice, whatever the provider."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bots.engine.errors import SpecError
from bots.engine.frames import ErrorFrame, Frame, LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame
from bots.engine.providers.espeak.options import EspeakOptions
from bots.engine.providers.openai.stt import OpenAISTTService
from bots.engine.providers.openai.tts import OpenAITTSService
from bots.engine.providers.registry import MissingKey, find_provider, make_service, providers_of
from bots.engine.providers.resources import SharedResources
from bots.engine.providers.speech_text import prepare_text
from bots.engine.services.tts import SpeechPiece, TTSService
from bots.engine.spec import BotSpec, ServiceSpec, SpeechSpec
from bots.engine.testing.tapes import TapeTTS
from tests.engine.core.probes import UP, Probe, Run, in_a_run


class Voice(TapeTTS):
    """Notes voice and text of every request."""

    def __init__(self, options: Any = None) -> None:
        super().__init__()
        self.options = options
        self.asked: list[tuple[str, str]] = []

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        self.asked.append((getattr(self.options, "voice", ""), text))
        async for piece in super().run_tts(text):
            yield piece


def asked(speech: SpeechSpec, *tokens: str, options: Any = None) -> tuple[list[tuple[str, str]], list[str]]:
    """Speak a reply as set; return what the voice was asked and the codes of errors."""
    voice, before = Voice(options or EspeakOptions()), Probe("before")
    prepare_text(voice, speech)
    reply: list[Frame] = [LLMFullResponseStartFrame(), *map(LLMTextFrame, tokens), LLMFullResponseEndFrame()]

    async def play(run: Run) -> None:
        await run.task.queue_frames(reply)
        await run.clock.sleep(20)

    in_a_run(lambda: Run(before, voice), play)
    return voice.asked, [frame.code for frame in before.of(ErrorFrame, direction=UP)]


def texts(speech: SpeechSpec, *tokens: str) -> list[str]:
    return [text for _, text in asked(speech, *tokens)[0]]


def test_markdown_is_left_out_unless_the_author_wants_it_spoken() -> None:  # TXT-01
    code = ["It is **so**. ", "```py\nx\n``` ", "Done."]
    assert texts(SpeechSpec(), *code) == ["It is so.", "x", "Done."]
    assert texts(SpeechSpec(leave_out_code=True), *code) == ["It is so.", "Done."]
    assert texts(SpeechSpec(markdown=False), "It is **so**.") == ["It is **so**."]
    assert texts(SpeechSpec(leave_out_tables=True), "See.\n|a|b|\n|-|-|\n|1|2|\nDone.") == ["See.", "Done."]


def test_tokens_or_sentences_as_set() -> None:  # SPCH-06
    assert texts(SpeechSpec(aggregation="token"), "Good ", "day. ") == ["Good", "day."]
    with pytest.raises(SpecError, match=r"speech\.aggregation"):
        prepare_text(TapeTTS(), SpeechSpec(aggregation="letters"))


@pytest.mark.parametrize("aggregation", ["sentence", "token"])
def test_the_model_changes_the_voice_by_a_tag(aggregation: str) -> None:  # SPCH-13, TXT-08
    speech = SpeechSpec(aggregation=aggregation, voices={"Ann ": "en-gb", "bob": "en-us+m3"})
    said, codes = asked(speech, "Hello. ", "<voice>an", "n</voice>", "Ann. ", "<voice>BOB</voice>", "Bob. ",
                        "<voice>eve</voice>", "Still Bob.")  # fmt: skip
    assert said[:3] == [("en-us", "Hello."), ("en-gb", "Ann."), ("en-us+m3", "Bob.")]
    assert "".join(text for voice, text in said[3:]).replace(" ", "") == "StillBob."
    assert {voice for voice, _ in said[3:]} == {"en-us+m3"}
    assert codes == []


def test_a_voice_that_cannot_be_changed_is_told_and_speaks_on() -> None:  # TXT-08
    voice = object()
    said, codes = asked(SpeechSpec(voices={"ann": "b"}), "<voice>ann</voice>Hello.", options=voice)
    assert [text for _, text in said] == ["Hello."]
    assert codes == ["service.setting"]


# -- rows ------------------------------------------------------------------------------------------------------------

SPEC = BotSpec(
    "a", "A", ServiceSpec("openai", {"base_url": "http://localhost/v1"}), ServiceSpec("scripted"),
    ServiceSpec("openai", {"base_url": "http://localhost/v1", "voice": "nova"}), language="de-AT",
    vocabulary=("Grüß Gott", "Melange"), speech=SpeechSpec(lost_voice="Gone."),
)  # fmt: skip


def made(kind: Any, spec: BotSpec, shared: SharedResources, secrets: dict[str, str] | None = None) -> Any:
    return make_service(kind, getattr(spec, kind), spec, shared, secrets or {})


def test_a_bot_may_choose_openais_ears_and_voices() -> None:  # SPCH-16
    shared = SharedResources()
    stt, tts = made("stt", SPEC, shared), made("tts", SPEC, shared)
    assert isinstance(stt, OpenAISTTService)
    assert (stt.options.language, stt.options.prompt) == ("de-AT", "Grüß Gott, Melange")
    assert isinstance(tts, OpenAITTSService)
    assert tts.options.voice == "nova"
    assert tts._canned is shared.canned
    assert tts._apology == "Gone."
    chosen = replace(SPEC, stt=ServiceSpec("openai", {"base_url": "http://x/v1", "language": "fr", "prompt": "P"}))
    assert (made("stt", chosen, shared).options.language, made("stt", chosen, shared).options.prompt) == ("fr", "P")


@pytest.mark.parametrize("kind", ["stt", "tts"])
def test_openai_itself_needs_a_key(kind: Any) -> None:
    assert find_provider(kind, "openai").needs_key(find_provider(kind, "openai").options())
    spec = replace(SPEC, stt=ServiceSpec("openai", {"credential": "k"}), tts=ServiceSpec("openai", {"credential": "k"}))
    with pytest.raises(MissingKey):
        made(kind, spec, SharedResources())
    assert made(kind, spec, SharedResources(), {"k": "sk-1"}).client().api_key == "sk-1"


@pytest.mark.parametrize("provider", [row.name for row in providers_of("tts")])
def test_every_voice_has_a_line_for_bad_times(provider: str) -> None:  # P16
    shared, settings = SharedResources(), {"base_url": "http://x/v1"} if provider == "openai" else {}
    voice = made("tts", replace(SPEC, tts=ServiceSpec(provider, settings)), shared)
    assert (voice._apology, voice._canned, voice._give_up_after) == ("Gone.", shared.canned, 3)


def test_every_voice_of_a_bot_is_prepared() -> None:  # SPCH-07
    spec = replace(SPEC, tts=ServiceSpec("espeak"), speech=SpeechSpec(markdown=False))
    voice = made("tts", spec, SharedResources())
    assert isinstance(voice, TTSService)
    assert voice._filters == ()
