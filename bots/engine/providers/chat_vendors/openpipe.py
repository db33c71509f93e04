"""OpenPipe: OpenAI's answers, and a report of each request that never delays or fails the call (services 1.2)."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.providers.connections import trusted_certificates
from bots.engine.providers.openai.service import BaseOpenAILLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, Usage

from .table import PRESETS

log = logging.getLogger(__name__)

OPENPIPE_URL = "https://app.openpipe.ai/api/v1"
MOST_REPORTS = 32
"""Reports that wait; the oldest is dropped when there are more."""
SEND_SECS = 5.0
FAREWELL_SECS = 1.0


class OpenPipeReporter:
    """Sends reports one after the other, in a task of its own; what cannot be sent is dropped and logged."""

    def __init__(self, key: str, base_url: str = OPENPIPE_URL) -> None:
        self._url, self._key = f"{base_url.rstrip('/')}/report", key
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_REPORTS)
        self._sending = asyncio.Lock()

    def add(self, report: dict[str, Any]) -> bool:
        """Note a report; return whether a task must be started to send it."""
        self._waiting.append(report)
        return not self._sending.locked()

    async def send_all(self) -> None:
        """Send what waits."""
        async with self._sending:
            await self._send()

    async def _send(self) -> None:
        import httpx2

        headers = {"Authorization": f"Bearer {self._key}"}
        async with httpx2.AsyncClient(verify=trusted_certificates(), timeout=SEND_SECS) as client:
            while self._waiting:
                # It stays until it is sent: a call that ends meanwhile sends it in its clean-up.
                report = self._waiting[0]
                try:
                    answer = await client.post(self._url, json=report, headers=headers)
                    if answer.status_code >= 400:
                        log.warning("a report was refused", extra={"status": answer.status_code})
                except httpx2.HTTPError as error:
                    log.warning("a report was not sent", extra={"error": type(error).__name__})
                if self._waiting and self._waiting[0] is report:
                    self._waiting.popleft()


class OpenPipeLLMService(BaseOpenAILLMService):
    """Chat completions that are also reported to OpenPipe with ``tags``.

    ``openpipe_api_key`` None: the environment's ``OPENPIPE_API_KEY``; without any key nothing is reported.
    """

    preset = PRESETS["openpipe"]

    def __init__(
        self,
        *,
        openpipe_api_key: str | None = None,
        openpipe_base_url: str = OPENPIPE_URL,
        tags: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        key = openpipe_api_key or os.environ.get("OPENPIPE_API_KEY", "")
        self._reporter = OpenPipeReporter(key, openpipe_base_url) if key else None
        self._tags = {str(name): str(value) for name, value in (tags or {}).items()}

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        if self._reporter is None:
            async with aclosing(super().stream(context)) as events:  # type: ignore[type-var]
                async for event in events:
                    yield event
            return
        asked, said, finish, status = self._moment(), [], None, 200
        usage: Usage | None = None
        try:
            async with aclosing(super().stream(context)) as events:  # type: ignore[type-var]
                async for event in events:
                    if isinstance(event, TextDelta):
                        said.append(event.text)
                    finish = event.reason if isinstance(event, Finished) else finish
                    usage = event if isinstance(event, Usage) else usage
                    yield event
        except EngineError:
            status = 500
            raise
        finally:
            answer: dict[str, Any] = {
                "model": self.get_full_model_name() or self._settings.model,
                "choices": [{"index": 0, "message": {"role": "assistant", "content": "".join(said)},
                             "finish_reason": finish}],
            }  # fmt: skip
            if usage is not None:
                count = usage.tokens
                answer["usage"] = {"prompt_tokens": count.prompt_tokens, "completion_tokens": count.completion_tokens}
            self._note_request(asked, self._params_of(context), answer, status)

    def _moment(self) -> int:
        """The present in milliseconds since 1970."""
        return int(self.clock.wall().timestamp() * 1000)

    def _note_request(self, asked: int, request: dict[str, Any], answer: dict[str, Any], status: int) -> None:
        extra = request.pop("extra_body", {})
        report = {
            "requestedAt": asked, "receivedAt": self._moment(), "reqPayload": {**request, **extra},
            "respPayload": answer, "statusCode": status, "tags": self._tags,
        }  # fmt: skip
        if self._reporter is not None and self._reporter.add(report):
            self.create_task(self._reporter.send_all(), f"{self.name} reports")

    async def cleanup(self) -> None:
        if self._reporter is not None:
            try:
                async with asyncio.timeout(FAREWELL_SECS):
                    await self._reporter.send_all()
            except TimeoutError:
                log.warning("reports were left unsent")
        await super().cleanup()
