"""Why calls end: a closed catalogue with a plain sentence, an owner and a next step for each code."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bots.models.call import CallStatus


@dataclass(frozen=True, slots=True)
class EndReason:
    """One way for a call to end; ``owner`` is caller, author, provider, network or us."""

    code: str
    status: CallStatus
    owner: str
    sentence: str | Promise
    next_step: str | Promise


_CATALOGUE = (
    EndReason("caller_hung_up", CallStatus.ENDED, "caller", _("The caller hung up."), _("Nothing to do.")),
    EndReason(
        "client_gone",
        CallStatus.ENDED,
        "network",
        _("The caller's connection was lost and did not come back in time."),
        _("If it happens often, look at the network between caller and server."),
    ),
    EndReason("bot_ended", CallStatus.ENDED, "author", _("The bot ended the call."), _("Nothing to do.")),
    EndReason(
        "idle_timeout",
        CallStatus.ENDED,
        "caller",
        _("Nobody spoke for a while, so the bot ended the call."),
        _("The bot's idle limit is in its settings."),
    ),
    EndReason(
        "max_duration",
        CallStatus.ENDED,
        "author",
        _("The call reached the bot's longest duration."),
        _("The bot's longest duration is in its settings."),
    ),
    EndReason(
        "pipeline_error",
        CallStatus.FAILED,
        "us",
        _("Something broke while the call was running."),
        _("The error is in the timeline; its code says where to look."),
    ),
    EndReason(
        "start_failed",
        CallStatus.FAILED,
        "us",
        _("The call could not start."),
        _("The error is in the timeline; its code says where to look."),
    ),
    EndReason(
        "owner_gone",
        CallStatus.FAILED,
        "us",
        _("The server process that ran the call stopped unexpectedly; everything up to then is kept."),
        _("If it happens often, look at the server's memory and logs."),
    ),
    EndReason(
        "server_shutdown",
        CallStatus.ENDED,
        "us",
        _("The server was restarted and ended the call."),
        _("The caller can start again."),
    ),
    EndReason("cancelled", CallStatus.ENDED, "us", _("The call was cancelled."), _("Nothing to do.")),
    EndReason(
        "refused_limit",
        CallStatus.REFUSED,
        "us",
        _("The call was refused because too many calls were running."),
        _("Try again in a moment, or raise the limit."),
    ),
)

END_REASONS: dict[str, EndReason] = {reason.code: reason for reason in _CATALOGUE}


def end_reason(code: str) -> EndReason:
    """The catalogue entry; an unknown code counts as a broken pipeline, because it is one."""
    return END_REASONS.get(code, END_REASONS["pipeline_error"])
