"""Transcriptions through the official SDK, at any base address (SPCH-16, services 2.2)."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, ClassVar

from bots.engine.frames import StartFrame
from bots.engine.services.failures import Failure, VendorFailed
from bots.engine.services.settings import with_arguments
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_errors import stt_error
from bots.engine.services.stt_segments import SegmentedSTTService
from bots.engine.text.languages import base_of, best_match

from .client import key_for, make_client
from .preset import OPENAI
from .speech_errors import told_as
from .speech_options import OpenAISTTSettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = logging.getLogger(__name__)

_CODES = """
    af ar hy az be bs bg ca zh hr cs da nl en et fi fr gl de el he hi hu is id it ja kn kk ko lv lt mk ms mr mi ne no
    fa pl pt ro ru sr sk sl es sw sv tl ta th tr uk ur vi cy
"""
LANGUAGES = tuple(_CODES.split())
"""What the models are documented to know; regions are left to them."""

_SAME = {"nb": "no", "nn": "no", "fil": "tl"}


def vendor_language(language: str) -> str | None:
    """Return the code that the models take, None where they must find the language out by themselves."""
    code = _SAME.get(base_of(language), language)
    return best_match(code, LANGUAGES) if language else None


class OpenAISTTService(SegmentedSTTService):
    """Uploads each utterance as WAV and gets its text, final only; without ``api_key`` a local server is assumed.

    ``model``, ``language`` (a region is left out), ``prompt`` and ``temperature`` (0 to 1) may be given as such or as
    ``settings``; ``STTUpdateSettingsFrame`` changes them. Errors: ``stt.…``; raises ``service.setting``.
    """

    Settings: ClassVar[type[OpenAISTTSettings]] = OpenAISTTSettings
    options: OpenAISTTSettings

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        model: str | None = None,
        language: str | None = None,
        prompt: str | None = None,
        temperature: float | None = None,
        settings: OpenAISTTSettings | None = None,
        **base: Any,
    ) -> None:
        self.options = with_arguments(
            settings or OpenAISTTSettings(),
            base_url=base_url, model=model, language=language, prompt=prompt, temperature=temperature,
        )  # fmt: skip
        super().__init__(language=self.options.language or None, **base)
        self._api_key = key_for(OPENAI, api_key, self.options.base_url)
        self._client: AsyncOpenAI | None = None
        self.settings_changed()

    def settings_changed(self) -> None:
        super().settings_changed()
        if self.options.language and vendor_language(self.options.language) is None:
            log.warning("the recogniser does not know this language", extra={"language": self.options.language})

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        # Importing the SDK takes a second or two: calls that talk must not wait for that.
        await asyncio.to_thread(lambda: self.client().audio.transcriptions)

    def client(self) -> AsyncOpenAI:
        """Return the SDK's client, made before the first request."""
        if self._client is None:
            self._client = make_client(OPENAI, api_key=self._api_key, base_url=self.options.base_url)
        return self._client

    async def run_stt(self, audio: bytes) -> Transcript:
        options = self.options
        more: dict[str, Any] = {
            "language": vendor_language(options.language),
            "prompt": options.prompt or None,
            "temperature": options.temperature,
        }
        with told_as(stt_error):
            answer = await self.client().audio.transcriptions.create(
                file=("audio.wav", audio, "audio/wav"),
                model=options.model,
                response_format="json",
                **{name: value for name, value in more.items() if value is not None},
            )
            text = getattr(answer, "text", None)
            if not isinstance(text, str):
                raise VendorFailed(Failure.UNREADABLE)
        return Transcript(text.strip(), None, options.language or None)

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._client is not None:
            await self._client.close()
