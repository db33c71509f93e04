"""What services measure: seconds, tokens and characters (MET-01…04, LLM-14)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricsData:
    """One figure of one processor (``Class#N``); ``model`` where the service has one."""

    processor: str
    model: str | None = None


@dataclass(frozen=True, slots=True)
class TTFBMetricsData(MetricsData):
    """Seconds from request to the first byte, token or sample."""

    value: float = 0.0


@dataclass(frozen=True, slots=True)
class ProcessingMetricsData(MetricsData):
    """Seconds a service worked on one request."""

    value: float = 0.0


@dataclass(frozen=True, slots=True)
class LLMTokenUsage:
    """Tokens of one completion; cached and reasoning tokens where the provider tells them (LLM-14)."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cache_read_input_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class LLMUsageMetricsData(MetricsData):
    """Token usage of one completion, never a running total (MET-02)."""

    value: LLMTokenUsage = LLMTokenUsage()


@dataclass(frozen=True, slots=True)
class TTSUsageMetricsData(MetricsData):
    """Characters synthesised for one request (MET-02)."""

    value: int = 0


@dataclass(frozen=True, slots=True)
class LLMSwitchMetricsData(MetricsData):
    """Another model answers than the one that was asked (LK-16): ``value`` 1, names of both, why as a stable code."""

    value: int = 1
    from_model: str = ""
    to_model: str = ""
    reason: str = ""
