"""Context, replies and settings of a language model (FRM-05, CTX-04…09, LLM-02)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .base import ControlFrame, DataFrame, Uninterruptible, frame

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


@frame
class LLMContextFrame(DataFrame):
    """Run the model on this context."""

    context: LLMContext


@frame
class LLMRunFrame(DataFrame):
    """Ask the user aggregator to run the model on the context as it stands (CTX-09)."""


@frame
class LLMMessagesFrame(DataFrame):
    """Run the model on these messages (the 2024 form)."""

    messages: list[dict[str, Any]]


@frame
class LLMMessagesAppendFrame(DataFrame):
    """Append messages to the context; ``run_llm`` also asks for a reply (CTX-07)."""

    messages: list[dict[str, Any]]
    run_llm: bool = False


@frame
class LLMMessagesUpdateFrame(DataFrame):
    """Replace the whole context (CTX-08)."""

    messages: list[dict[str, Any]]
    run_llm: bool = False


@frame
class LLMSetToolsFrame(DataFrame):
    """Replace the tools of the context."""

    tools: Any


@frame
class LLMFullResponseStartFrame(ControlFrame):
    """The model's reply begins; ``reply`` is its number in the ledger."""

    reply: int | None = None


@frame
class LLMFullResponseEndFrame(ControlFrame):
    """The model's reply is complete; sent after timeout, error and cancellation too (LLM-02)."""

    reply: int | None = None


@frame
class LLMConfigureOutputFrame(DataFrame, Uninterruptible):
    """Switch speaking of the model's output off and on (SPCH-08)."""

    skip_tts: bool


@frame
class LLMUpdateSettingsFrame(ControlFrame, Uninterruptible):
    """Change the model service's settings at run time (LLM-20)."""

    settings: Mapping[str, Any]


@frame
class LLMEnablePromptCachingFrame(ControlFrame, Uninterruptible):
    """Switch the provider's cache of prompts on and off, where it has one."""

    enable: bool


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One passage a source was quoted for; ``confidence`` has a number 0..1 for each claim it supports."""

    text: str
    confidence: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchOrigin:
    """A source of a grounded answer."""

    site_uri: str | None = None
    site_title: str | None = None
    results: tuple[SearchResult, ...] = ()

    def __getitem__(self, name: str) -> Any:
        """Return a field by its name, for handlers that read origins like dictionaries."""
        if name not in ("site_uri", "site_title", "results"):
            raise KeyError(name)
        return getattr(self, name)


@frame
class LLMSearchResponseFrame(DataFrame):
    """What a search behind the model's answer found; ``rendered_content`` is the provider's own HTML (RTVI-13)."""

    search_result: str | None = None
    rendered_content: str | None = None
    origins: tuple[SearchOrigin, ...] = ()


@frame
class STTUpdateSettingsFrame(ControlFrame, Uninterruptible):
    """Change the recogniser's settings at run time, given as a mapping or by keyword (SPCH-03, SPCH-13)."""

    settings: Mapping[str, Any]

    def __init__(self, settings: Mapping[str, Any] | None = None, **named: Any) -> None:
        object.__setattr__(self, "settings", {**(settings or {}), **named})


@frame
class TTSUpdateSettingsFrame(ControlFrame, Uninterruptible):
    """Change the synthesiser's settings at run time, given as a mapping or by keyword (SPCH-03, SPCH-13)."""

    settings: Mapping[str, Any]

    def __init__(self, settings: Mapping[str, Any] | None = None, **named: Any) -> None:
        object.__setattr__(self, "settings", {**(settings or {}), **named})
