"""Why a turn analyzer could not answer, or cannot be used here."""

from __future__ import annotations

from typing import ClassVar

from bots.engine.errors import Owner, ProviderError, SpecError


class SmartTurnFailed(ProviderError):
    """The model's server did not answer in a way that can be used; silence decides instead."""

    code = "turn_analyzer.failed"
    next_step = "Look at the turn analyzer's address and key; until then silence ends the caller's turns."


class SmartTurnTimeout(SmartTurnFailed):
    """The model's server took longer than the silence that ends a turn anyway."""

    code = "turn_analyzer.timeout"


class SmartTurnRefused(SmartTurnFailed):
    """The model's server does not accept the key."""

    code = "turn_analyzer.refused"


class SmartTurnModelMissing(SpecError, ValueError):
    """There is no model at the path that was given."""

    code = "turn_analyzer.no_model"
    owner: ClassVar[Owner] = "author"
    next_step = "Put an ONNX file of the smart-turn model on this machine and name it in LOCAL_SMART_TURN_MODEL_PATH."


class SmartTurnModelUnusable(SpecError):
    """The file is no model of the kind that is known here."""

    code = "turn_analyzer.bad_model"
    next_step = "Use an ONNX export of smart-turn: one input (samples or 80-band features), one probability out."


class NotAvailableHere(SpecError):
    """This analyzer needs a machine of another kind."""

    code = "turn_analyzer.not_available"
    next_step = "Use the local ONNX analyzer or a hosted one."
