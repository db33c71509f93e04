"""Why calls end: the engine's catalogue of reasons in plain words, and what to do about each."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bots.engine.core.outcome import CATALOGUE
from bots.engine.core.outcome import EndReason as EngineReason
from bots.models.call import CallStatus


@dataclass(frozen=True, slots=True)
class EndReason:
    """One way for a call to end; ``owner`` is caller, author, provider, network or us."""

    code: str
    status: CallStatus
    owner: str
    sentence: str | Promise
    next_step: str | Promise


REFUSED_LIMIT = "refused_limit"
_NOTHING = _("Nothing to do.")
_WORDS: dict[EngineReason, tuple[str | Promise, str | Promise]] = {
    EngineReason.CALLER_HUNG_UP: (_("The caller hung up."), _NOTHING),
    EngineReason.CLIENT_GONE: (
        _("The caller's connection was lost and did not come back in time."),
        _("If it happens often, look at the network between caller and server."),
    ),
    EngineReason.BOT_ENDED: (_("The bot ended the call."), _NOTHING),
    EngineReason.IDLE_TIMEOUT: (
        _("Nobody spoke for a while, so the bot ended the call."),
        _("The bot's idle limit is in its settings."),
    ),
    EngineReason.MAX_DURATION: (
        _("The call reached the bot's longest duration."),
        _("The bot's longest duration is in its settings."),
    ),
    EngineReason.PIPELINE_ERROR: (
        _("Something broke while the call was running."),
        _("The error is in the timeline; its code says where to look."),
    ),
    EngineReason.START_FAILED: (
        _("The call could not start."),
        _("The error is in the timeline; its code says where to look."),
    ),
    EngineReason.OWNER_GONE: (
        _("The server process that ran the call stopped unexpectedly; everything up to then is kept."),
        _("If it happens often, look at the server's memory and logs."),
    ),
    EngineReason.SERVER_SHUTDOWN: (
        _("The server was restarted and ended the call."),
        _("The caller can start again."),
    ),
    EngineReason.CANCELLED: (_("The call was cancelled."), _NOTHING),
    EngineReason.NOT_ANSWERED: (_("Nobody answered the telephone, or it was busy."), _("Try again later.")),
    EngineReason.NOT_CONNECTED: (
        _("The carrier could not connect the call."),
        _("The carrier's own code is under Telephone; its console says what it means."),
    ),
    EngineReason.TRANSFERRED: (_("The caller was connected with somebody else."), _NOTHING),
    EngineReason.MACHINE: (
        _("No person took the call: an answering machine, a call screener or a telephone menu did."),
        _("What the bot does then is in its settings, under Placing calls."),
    ),
    EngineReason.MAX_TURNS: (
        _("The call reached the bot's greatest number of turns."),
        _("The greatest number of turns is in the bot's settings."),
    ),
    EngineReason.LOOP: (
        _("Both sides only repeated themselves, so the bot ended the call."),
        _("If people were cut off so, look at what the bot answers them, or switch the guard off in its settings."),
    ),
}

END_REASONS: dict[str, EndReason] = {
    reason.value: EndReason(reason.value, CallStatus(CATALOGUE[reason].status), CATALOGUE[reason].owner, *words)
    for reason, words in _WORDS.items()
}
# Refused before there is an engine: the only reason that is ours alone.
END_REASONS[REFUSED_LIMIT] = EndReason(
    REFUSED_LIMIT,
    CallStatus.REFUSED,
    "us",
    _("The call was refused because too many calls were running."),
    _("Try again in a moment, or raise the limit."),
)


def end_reason(code: str) -> EndReason:
    """The catalogue entry; an unknown code counts as a broken pipeline, because it is one."""
    return END_REASONS.get(code, END_REASONS[EngineReason.PIPELINE_ERROR])
