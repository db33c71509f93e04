"""Smart turn by CoreML, which exists on Apple's machines only (TURN-12)."""

from __future__ import annotations

from typing import NoReturn

from bots.engine.audio.turn_analyzer import SmartTurnParams

from .errors import NotAvailableHere


class LocalCoreMLSmartTurnAnalyzer:
    """The documented name, which says what to use instead: the documents do not recommend it any more either."""

    def __new__(
        cls, *, smart_turn_model_path: str, sample_rate: int | None = None, params: SmartTurnParams | None = None
    ) -> NoReturn:
        raise NotAvailableHere(
            "LocalCoreMLSmartTurnAnalyzer is not available here: CoreML runs on Apple's machines only. "
            "LocalSmartTurnAnalyzerV2 runs the same model from an ONNX file on any CPU."
        )
