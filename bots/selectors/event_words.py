"""A journal event in plain words, for the timeline."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bots.models.end_reason import end_reason

GROUPS: dict[str, str | Promise] = {
    "call": gettext_lazy("call"),
    "user": gettext_lazy("caller"),
    "bot": gettext_lazy("bot"),
    "interruption": gettext_lazy("interruptions"),
    "tool": gettext_lazy("tools"),
    "mcp": gettext_lazy("MCP servers"),
    "flow": gettext_lazy("flow"),
    "metrics": gettext_lazy("metrics"),
    "input": gettext_lazy("refused input"),
    "error": gettext_lazy("errors"),
    "client": gettext_lazy("client"),
}


def group_of(kind: str) -> str:
    """The timeline group of an event kind; an unknown one counts as the call's."""
    group = kind.partition(".")[0]
    return group if group in GROUPS else "call"


def _quote(text: Any, longest: int = 90) -> str:
    words = str(text or "").strip()
    return f"“{words[: longest - 1]}…”" if len(words) > longest else f"“{words}”"


_INTERRUPTIONS = {
    "keypad": _("The caller pressed a key, and the bot stopped."),
    "network_lost": gettext_lazy("The bot fell silent because the connection was lost."),
    "user_text": gettext_lazy("The caller typed while the bot spoke."),
}

_IDLE = {
    "prompt": _("The caller was silent and was asked."),
    "goodbye": _("The caller stayed silent, so the bot said goodbye."),
    "end": _("The bot ended the call of a silent caller."),
}

_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "call.started": lambda data: _("The call was created."),
    "call.connected": lambda data: _("The caller's media connected."),
    "call.ready": lambda data: _("The bot was ready."),
    "call.reconnected": lambda data: _("The caller came back."),
    "call.network_lost": lambda data: _("The connection to the caller was lost."),
    "call.ending": lambda data: _("The call is ending: %s") % str(end_reason(str(data.get("reason"))).sentence),
    "call.ended": lambda data: str(end_reason(str(data.get("reason"))).sentence),
    "user.started": lambda data: _("The caller began to speak."),
    "user.stopped": lambda data: _("The caller stopped speaking."),
    "user.transcript": lambda data: _("Recognised %s") % _quote(data.get("text")),
    "user.turn": lambda data: _("The caller said %s") % _quote(data.get("text")),
    "user.idle": lambda data: str(_IDLE.get(str(data.get("action"))) or _("The caller was silent.")),
    "service.switched": lambda data: (
        _("%(to)s stands in for %(from)s (%(reason)s).")
        % {name: str(data.get(name, "")) for name in ("from", "to", "reason")}
    ),
    "bot.llm_started": lambda data: _("The model was asked."),
    "bot.llm_stopped": lambda data: _("The model finished."),
    "bot.segment": lambda data: _("Planned to say %s") % _quote(data.get("text")),
    "bot.started": lambda data: _("The bot began to speak."),
    "bot.stopped": lambda data: _("The bot stopped speaking."),
    "bot.turn": lambda data: _("The bot said %s") % _quote(data.get("text")),
    "interruption": lambda data: str(
        _INTERRUPTIONS.get(str(data.get("reason"))) or _("The caller interrupted the bot.")
    ),
    "tool.started": lambda data: _("Tool %s was called.") % data.get("name", ""),
    "tool.progress": lambda data: _("The tool is at it: %s") % data.get("note", ""),
    "mcp.connected": lambda data: _("The MCP server %s brought its tools.") % data.get("server", ""),
    "call.transferred": lambda data: _("The caller was connected with %s.") % data.get("to", ""),
    "tool.finished": lambda data: _("The tool answered."),
    "tool.failed": lambda data: _("The tool failed: %s") % (data.get("message") or data.get("code") or ""),
    "tool.cancelled": lambda data: _("The tool call was cancelled."),
    "flow.moved": lambda data: _("The flow moved to %s.") % data.get("to", ""),
    "flow.action": lambda data: _("The flow ran an action of the type %s.") % data.get("type", ""),
    "metrics": lambda data: _("Measurements"),
    "input.rejected": lambda data: _("Input was refused: %s") % (data.get("message") or data.get("code") or ""),
    "error": lambda data: f"{data.get('message') or _('An error')} ({data.get('code', '')})",
    "client.message": lambda data: _("The client sent %s.") % data.get("type", ""),
}


def sentence_of(kind: str, data: Mapping[str, Any]) -> str:
    """What happened, in one sentence; an unknown kind is its own sentence."""
    describe = _SENTENCES.get(kind)
    return describe(data) if describe else kind
