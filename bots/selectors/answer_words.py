"""Who took a call, which keys chose what, and which conversations went nowhere, in plain words for the timeline."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_WHO: dict[str, Promise] = {
    "human": gettext_lazy("A person took the call"),
    "machine": gettext_lazy("An answering machine took the call"),
    "screener": gettext_lazy("A call screener took the call"),
    "menu": gettext_lazy("A telephone menu took the call"),
    "fax": gettext_lazy("A fax machine took the call"),
}
_HOW: dict[str, Promise] = {
    "carrier": gettext_lazy("the carrier said so"),
    "words": gettext_lazy("by its first words"),
    "timing": gettext_lazy("by how long it spoke"),
    "beep": gettext_lazy("by its beep"),
}
_CHOICES: dict[str, Promise] = {
    "phrase": gettext_lazy("The caller pressed %s, which counts as said."),
    "answer": gettext_lazy("The caller pressed %s and got its answer."),
    "function": gettext_lazy("The caller pressed %s, which ran a function."),
}


def _detected(data: Mapping[str, Any]) -> str:
    who, how = _WHO.get(str(data.get("kind"))), _HOW.get(str(data.get("by")))
    sentence = f"{who or _('The call was taken')} ({how})." if how else f"{who or _('The call was taken')}."
    return _("Corrected: %s") % sentence if data.get("revised") else sentence


def _guarded(data: Mapping[str, Any]) -> str:
    if data.get("reason") == "loop":
        return _("Both sides only repeated themselves, so the bot said goodbye.")
    return _("The caller's turns reached their limit, so the bot said goodbye.")


ANSWER_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "answer.detected": _detected,
    "answer.message": lambda data: _("The bot began to leave its message."),
    "answer.screener": lambda data: _("The bot told the call screener who calls."),
    "answer.keys": lambda data: _("The bot pressed %s keys in the menu.") % data.get("keys", 0),
    "keypad.choice": lambda data: (
        str(_CHOICES.get(str(data.get("action"))) or _("The caller pressed %s, which means nothing."))
        % data.get("key", "")
    ),
    "call.guarded": _guarded,
}
