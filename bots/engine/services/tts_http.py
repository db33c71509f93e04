"""Voices that answer an HTTP request per sentence: the service owns the request, the vendor brings a codec (F9)."""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from .failures import Failure, VendorFailed, failure_of_status
from .tts import SpeechPiece, TTSService
from .tts_decoders import SpeechDecoder
from .tts_errors import tts_error

if TYPE_CHECKING:
    from httpx import AsyncClient

CONNECT_S = 2.0
NO_SOUND = ("text/html", "text/plain", "application/problem+json")


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One HTTP request: ``json`` or ``content`` is its body."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    content: bytes | None = None
    method: str = "POST"


class HttpTTSCodec(ABC):
    """A vendor's translation, made of options and key: the request for a text, the decoder of the answer.

    ``rates`` are the sample rates the vendor can make, the preferred one first; others are resampled by the service.
    ``json_answers``: the sound comes inside JSON, so a JSON answer is no error by itself.
    """

    rates: ClassVar[tuple[int, ...]] = (24000,)
    json_answers: ClassVar[bool] = False

    @abstractmethod
    def request(self, text: str, rate: int) -> SpeechRequest:
        """Return the request that synthesises ``text`` at ``rate`` Hz, one of ``rates``."""

    @abstractmethod
    def decoder(self, rate: int) -> SpeechDecoder:
        """Return a fresh decoder for the answer to such a request; ``rate`` as the answer tells it, where it does."""


class HttpTTSService(TTSService):
    """Streams one answer per sentence; an interruption closes the connection (SPCH-10, SPCH-17).

    ``codec`` makes the vendor's translation from the options, anew whenever they change. ``client`` is a shared HTTP
    client, else the service has its own. Failures become ``tts.…`` errors and hold nothing of request or answer.
    """

    def __init__(
        self,
        codec: Callable[[Any], HttpTTSCodec],
        options: Any = None,
        *,
        client: AsyncClient | None = None,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self._make_codec, self.options = codec, options
        self._codec = codec(options)
        self._client, self._own = client, client is None
        self.model_name = getattr(options, "model", None)

    def settings_changed(self) -> None:
        super().settings_changed()
        self._codec = self._make_codec(self.options)

    def client(self) -> AsyncClient:
        """Return the HTTP client, made before the first request."""
        if self._client is None:
            import httpx

            self._client = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=CONNECT_S))
        return self._client

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        codec = self._codec
        rate = self.sample_rate if self.sample_rate in codec.rates else codec.rates[0]
        asked = codec.request(text, rate)
        with told_as_ours():
            request = self.client().build_request(
                asked.method, asked.url, headers=dict(asked.headers), params=dict(asked.params) or None,
                json=asked.json, content=asked.content,
            )  # fmt: skip
            answer = await self.client().send(request, stream=True)
            try:
                kind = answer.headers.get("content-type", "")
                refuse(answer.status_code, kind, json_answers=codec.json_answers)
                decoder = codec.decoder(declared_rate(kind) or rate)
                async for data in answer.aiter_bytes():
                    for piece in decoder.feed(data):
                        yield piece
                for piece in decoder.close():
                    yield piece
            finally:
                await answer.aclose()

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._client is not None and self._own:
            await self._client.aclose()


def refuse(status: int, content_type: str, *, json_answers: bool = False) -> None:
    """Raise for an answer that cannot be speech: by its status, or by what it says it is (P8, P13)."""
    if status >= 300:
        raise VendorFailed(failure_of_status(status))
    kind = content_type.partition(";")[0].strip().lower()
    if kind in NO_SOUND or (kind == "application/json" and not json_answers):
        raise VendorFailed(Failure.UNREADABLE)


def declared_rate(content_type: str) -> int | None:
    """Return the sample rate that an answer names beside its type (``audio/pcm;rate=16000``), None where it does not.

    What an answer says of itself counts more than what was asked for (P13).
    """
    kind, _, parameters = content_type.lower().partition(";")
    for parameter in parameters.split(";") if kind.strip().startswith("audio/") else ():
        name, _, value = parameter.partition("=")
        if name.strip() == "rate" and value.strip().strip('"').isdecimal():
            return int(value.strip().strip('"'))
    return None


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what the HTTP client raises into coded errors of ours."""
    import httpx

    try:
        yield
    except VendorFailed as error:
        raise tts_error(error.failure) from error
    except httpx.ConnectTimeout as error:
        raise tts_error(Failure.UNREACHABLE) from error
    except httpx.ConnectError as error:
        raise tts_error(Failure.UNTRUSTED if is_certificate(error) else Failure.UNREACHABLE) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise tts_error(Failure.REFUSED) from error
    except httpx.HTTPError as error:
        raise tts_error(Failure.LOST) from error


def is_certificate(error: BaseException) -> bool:
    """Whether a failure to connect comes from the server's certificate (P17)."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
