"""A journal event in plain words, for the timeline."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bots.models.end_reason import end_reason

from .answer_words import ANSWER_SENTENCES
from .model_words import MODEL_SENTENCES
from .phone_words import PHONE_SENTENCES

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


_GROUP_OF_KIND = {"llm": "bot", "barge_in": "interruption", "turn": "user", "playout": "metrics", "keypad": "user"}


def group_of(kind: str) -> str:
    """The timeline group of an event kind; an unknown one counts as the call's."""
    group = kind.partition(".")[0]
    group = _GROUP_OF_KIND.get(group, group)
    return group if group in GROUPS else "call"


def _quote(text: Any, longest: int = 90) -> str:
    words = str(text or "").strip()
    return f"“{words[: longest - 1]}…”" if len(words) > longest else f"“{words}”"


_INTERRUPTIONS = {
    "answer": gettext_lazy("The bot fell silent: no person had taken the call."),
    "keypad": _("The caller pressed a key, and the bot stopped."),
    "network_lost": gettext_lazy("The bot fell silent because the connection was lost."),
    "user_text": gettext_lazy("The caller typed while the bot spoke."),
}

_BARGE_IN: dict[tuple[str, str], Promise] = {
    ("hold", "voice"): gettext_lazy("The bot fell silent to listen to the caller."),
    ("cut", "words"): gettext_lazy("The caller's words cut the bot off."),
    ("cut", "speech"): gettext_lazy("The caller went on speaking, which cut the bot off."),
    ("cut", "strategy"): gettext_lazy("The caller said enough words to cut the bot off."),
    ("resume", "backchannel"): gettext_lazy("The bot went on: the caller only showed that they listen."),
    ("resume", "too_short"): gettext_lazy("The bot went on: the sound was too short to be speech."),
    ("resume", "no_words"): gettext_lazy("The bot went on: nothing was understood."),
    ("resume", "strategy"): gettext_lazy("The bot went on: too few words to cut it off."),
    ("resume", "timeout"): gettext_lazy("The bot went on: no words came in time."),
    ("ignore", "echo"): gettext_lazy("The microphone heard the bot itself."),
}
_DISPOSITIONS: dict[str, Promise] = {
    "turn": gettext_lazy("What the caller said was taken as a turn."),
    "backchannel": gettext_lazy("What the caller said was a sign of listening."),
    "echo": gettext_lazy("What was heard was the bot's own voice."),
    "discarded": gettext_lazy("What the caller said was not used."),
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
    "user.utterance": lambda data: str(_DISPOSITIONS.get(str(data.get("disposition"))) or _("The caller spoke.")),
    "user.muted": lambda data: _("The caller was not listened to from here on."),
    "user.unmuted": lambda data: _("The caller was listened to again."),
    "turn.judged": lambda data: (
        _("The turn analyzer took the caller for done.")
        if data.get("complete")
        else _("The turn analyzer did not take the caller for done.")
    ),
    "barge_in": lambda data: str(
        _BARGE_IN.get((str(data.get("decision")), str(data.get("reason")))) or _("The caller spoke over the bot.")
    ),
    "user.transcript": lambda data: _("Recognised %s") % _quote(data.get("text")),
    "user.turn": lambda data: _("The caller said %s") % _quote(data.get("text")),
    "user.idle": lambda data: str(_IDLE.get(str(data.get("action"))) or _("The caller was silent.")),
    "service.switched": lambda data: (
        _("%(to)s stands in for %(from)s (%(reason)s).")
        % {name: str(data.get(name, "")) for name in ("from", "to", "reason")}
    ),
    **MODEL_SENTENCES,
    **PHONE_SENTENCES,
    **ANSWER_SENTENCES,
    "bot.llm_started": lambda data: _("The model was asked."),
    "bot.llm_stopped": lambda data: _("The model finished."),
    "bot.segment": lambda data: _("Planned to say %s") % _quote(data.get("text")),
    "bot.started": lambda data: _("The bot began to speak."),
    "bot.stopped": lambda data: _("The bot stopped speaking."),
    "bot.held": lambda data: _("The bot's voice was held."),
    "bot.resumed": lambda data: _("The bot's voice went on."),
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
