"""From a bot's setting to the turn analyzer it names (TURN-08)."""

from __future__ import annotations

from collections.abc import Mapping

from bots.engine.audio.turn_analyzer import BaseTurnAnalyzer, SmartTurnError, SmartTurnParams
from bots.engine.spec import TurnEndSpec


def turn_analyzer_for(chosen: TurnEndSpec, secrets: Mapping[str, str]) -> BaseTurnAnalyzer | None:
    """Return the analyzer, or None where silence alone ends turns; raises a ``SpecError`` where it cannot work."""
    if not chosen.analyzer:
        return None
    params = SmartTurnParams(chosen.stop_secs, chosen.pre_speech_ms, chosen.max_duration_secs)
    if chosen.analyzer == "http":
        from .fal import FAL_URL, FalSmartTurnAnalyzer

        return FalSmartTurnAnalyzer(
            api_key=secrets.get(chosen.credential), url=chosen.url or FAL_URL, params=params
        )  # fmt: skip
    if chosen.analyzer == "local":
        from .local import LocalSmartTurnAnalyzerV2

        return LocalSmartTurnAnalyzerV2(smart_turn_model_path=None, params=params)
    raise SmartTurnError(f"turn_end.analyzer must be empty, http or local, not {chosen.analyzer!r}.")
