"""Search results of grounded answers, for clients that show sources (RTVI-13)."""

from __future__ import annotations

from typing import Any

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import Frame, FrameDirection, LLMSearchResponseFrame

from .observer import RTVIObserver, Seen
from .processor import RTVIProcessor


class GoogleRTVIObserver(RTVIObserver):
    """An :class:`RTVIObserver` that also sends ``bot-llm-search-response`` for an ``LLMSearchResponseFrame`` (RTVI-13).

    It replaces the base observer; a bot whose model never searches sends exactly what the base observer does.
    """

    frame_types = (*RTVIObserver.frame_types, LLMSearchResponseFrame)

    def __init__(self, rtvi: RTVIProcessor) -> None:
        super().__init__(rtvi)
        self._told = Seen(64)

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if isinstance(frame, LLMSearchResponseFrame):
            if direction is FrameDirection.DOWNSTREAM and self._told.first_time(frame):
                await self._rtvi.send("bot-llm-search-response", search_data(frame))
            return
        await super().on_push_frame(src, dst, frame, direction, timestamp)


def search_data(frame: LLMSearchResponseFrame) -> dict[str, Any]:
    """Return the message's data as the RTVI standard has it: origins always, the optional texts where there are any."""
    origins: list[dict[str, Any]] = []
    for origin in frame.origins:
        results = [{"text": result.text, "confidence": list(result.confidence)} for result in origin.results]
        known = {"site_uri": origin.site_uri, "site_title": origin.site_title}
        origins.append({**{name: value for name, value in known.items() if value is not None}, "results": results})
    texts = {"search_result": frame.search_result, "rendered_content": frame.rendered_content}
    return {**{name: value for name, value in texts.items() if value is not None}, "origins": origins}
