"""Smart turn over HTTP: Fal's deployment of the model, or your own of the same form (TURN-11, CONF-12).

The request's body is a NumPy array file (``.npy``) of 16 kHz float32 samples; the answer is a JSON object with
``prediction`` (1: complete) and ``probability``.
"""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from bots.engine.audio.turn_analyzer import BaseSmartTurn, Floats, SmartTurnError, SmartTurnParams, TurnVerdict
from bots.engine.checks import Checks
from bots.engine.providers.connections import CONNECT_SECS, trusted_certificates

from .errors import SmartTurnFailed, SmartTurnRefused, SmartTurnTimeout

if TYPE_CHECKING:
    import httpx2

FAL_URL = "https://fal.run/fal-ai/smart-turn/raw"
LARGEST_ANSWER = 65536


class FalSmartTurnAnalyzer(BaseSmartTurn):
    """Asks a server at each pause.

    ``api_key`` is required for Fal's own ``url``, not for another one. ``aiohttp_session`` is a client that calls may
    share (any with httpx's interface; it stays open at the end), without one the analyzer opens its own. A request
    takes at most ``params.stop_secs``: then the silence has ended the turn. What fails counts as incomplete.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        url: str = FAL_URL,
        aiohttp_session: httpx2.AsyncClient | None = None,
        sample_rate: int | None = None,
        params: SmartTurnParams | None = None,
    ) -> None:
        super().__init__(sample_rate=sample_rate, params=params)
        Checks(SmartTurnError).addresses(url=url)
        Checks(SmartTurnError).kinds_or_none(str, "a text", api_key=api_key)
        if url == FAL_URL and not api_key:
            raise SmartTurnError("api_key is required for Fal's own deployment.")
        self._url, self._shared = url, aiohttp_session
        self._own: httpx2.AsyncClient | None = None
        self._headers = {"Content-Type": "application/octet-stream"}
        if api_key:
            self._headers["Authorization"] = f"Key {api_key}"

    async def predict(self, audio: Floats) -> TurnVerdict:
        try:
            async with asyncio.timeout(self.params.stop_secs):
                answer = await self._ask(_as_array_file(audio))
        except TimeoutError:
            raise SmartTurnTimeout("The turn analyzer took longer than stop_secs.") from None
        return _verdict_in(answer)

    def _client(self) -> httpx2.AsyncClient:
        if self._shared is not None:
            return self._shared
        if self._own is None:
            import httpx2

            self._own = httpx2.AsyncClient(
                verify=trusted_certificates(), timeout=httpx2.Timeout(None, connect=CONNECT_SECS)
            )
        return self._own

    async def _ask(self, body: bytes) -> bytes:
        import httpx2

        try:
            async with self._client().stream("POST", self._url, content=body, headers=self._headers) as response:
                if response.status_code in (401, 403):
                    raise SmartTurnRefused("The turn analyzer's server does not accept the key.")
                if response.status_code != 200:
                    raise SmartTurnFailed(f"The turn analyzer's server answered {response.status_code}.")
                answer = b""
                async for piece in response.aiter_bytes():
                    answer += piece
                    if len(answer) > LARGEST_ANSWER:
                        raise SmartTurnFailed("The turn analyzer's server answered with far too much.")
                return answer
        except httpx2.HTTPError as error:
            raise SmartTurnFailed("The turn analyzer's server cannot be reached.", retryable=True) from error

    async def cleanup(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            await own.aclose()


def _as_array_file(audio: Floats) -> bytes:
    file = io.BytesIO()
    np.save(file, audio)
    return file.getvalue()


def _verdict_in(answer: bytes) -> TurnVerdict:
    try:
        told: Any = json.loads(answer)
        prediction, probability = told["prediction"], float(told.get("probability", told["prediction"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SmartTurnFailed("The turn analyzer's answer cannot be understood.") from None
    if isinstance(prediction, bool) or prediction not in (0, 1) or not 0.0 <= probability <= 1.0:
        raise SmartTurnFailed("The turn analyzer's answer makes no sense.")
    return TurnVerdict(prediction == 1, probability)
