"""Speech through the official SDK, streamed as raw PCM, at any base address (SPCH-16, services 3.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from bots.engine.frames import StartFrame
from bots.engine.services.settings import with_arguments
from bots.engine.services.tts import SpeechPiece, TTSService
from bots.engine.services.tts_decoders import PCMDecoder
from bots.engine.services.tts_errors import tts_error
from bots.engine.services.tts_http import declared_rate, refuse

from .client import key_for, make_client
from .preset import OPENAI
from .speech_errors import told_as
from .speech_options import OpenAITTSSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

RATE = 24_000
MOST_CHARACTERS = 4096


class OpenAITTSService(TTSService):
    """Speaks in one of OpenAI's voices; the sound comes at 24 kHz and is resampled where the pipeline has another rate.

    ``voice``, ``model``, ``instructions`` (not for the ``tts-1`` models, which get none) and ``speed`` (0.25 to 4) may
    be given as such or as ``settings``; ``TTSUpdateSettingsFrame`` changes them. Without ``api_key`` a local server is
    assumed. Errors: ``tts.…``; raises ``service.setting``.
    """

    Settings: ClassVar[type[OpenAITTSSettings]] = OpenAITTSSettings
    options: OpenAITTSSettings

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        voice: str | None = None,
        model: str | None = None,
        instructions: str | None = None,
        speed: float | None = None,
        settings: OpenAITTSSettings | None = None,
        **base: Any,
    ) -> None:
        self.options = with_arguments(
            settings or OpenAITTSSettings(),
            base_url=base_url, voice=voice, model=model, instructions=instructions, speed=speed,
        )  # fmt: skip
        super().__init__(**base)
        self._api_key = key_for(OPENAI, api_key, self.options.base_url)
        self._client: AsyncOpenAI | None = None
        self.settings_changed()

    async def start(self, frame: StartFrame) -> None:
        # Importing the SDK takes a second or two: calls that talk must not wait for that.
        await asyncio.to_thread(lambda: self.client().audio.speech)
        await super().start(frame)

    def client(self) -> AsyncOpenAI:
        """Return the SDK's client, made before the first request."""
        if self._client is None:
            self._client = make_client(OPENAI, api_key=self._api_key, base_url=self.options.base_url)
        return self._client

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        options = self.options
        more: dict[str, Any] = {} if options.speed is None else {"speed": options.speed}
        if options.instructions and not options.model.startswith("tts-1"):
            more["instructions"] = options.instructions
        with told_as(tts_error):
            for part in parts_of(text, MOST_CHARACTERS):
                async with self.client().audio.speech.with_streaming_response.create(
                    input=part, model=options.model, voice=options.voice, response_format="pcm", **more
                ) as answer:
                    kind = answer.headers.get("content-type", "")
                    refuse(answer.status_code, kind)
                    decoder = PCMDecoder(declared_rate(kind) or RATE)
                    async for data in answer.iter_bytes():
                        for piece in decoder.feed(data):
                            yield piece
                    for piece in decoder.close():
                        yield piece

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._client is not None:
            await self._client.close()


def parts_of(text: str, longest: int) -> Iterator[str]:
    """Cut a text that is too long for one request between words, or where there is no gap, anywhere."""
    while len(text) > longest:
        cut = text.rfind(" ", 1, longest + 1)
        cut = cut if cut > 0 else longest
        yield text[:cut]
        text = text[cut:].lstrip()
    if text:
        yield text
