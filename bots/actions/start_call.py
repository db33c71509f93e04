"""Creates a call before any of its media, within the limits (DEP-06)."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.assembly import problems_in, snapshot_of
from bots.models import OPEN_STATUSES, Bot, BotVersion, Call, Direction, Recording
from bots.models.voice_settings import call_dir, voice_setting
from bots.selectors.calls import call_visible_to
from bots.selectors.processes import this_process

log = logging.getLogger(__name__)

DRAFT = "draft"


def no_files() -> ActionError:
    """Return the refusal of a call whose files cannot be kept."""
    return ActionError(
        "server.files", "This server cannot store a call right now.", owner="us", next_step="Try again in a minute.",
        http_status=503,
    )  # fmt: skip


def _refuse_over_limit(user: Any, owner: str, direction: Direction) -> None:
    """Count calls in the database, so that the limits hold over restarts and processes.

    A person's limit is about calls in the browser; calls to a telephone have rules of their own.
    """
    open_calls = Call.objects.filter(status__in=OPEN_STATUSES)
    limit = int(voice_setting("MAX_CALLS_PER_USER"))
    browses = user is not None and direction == Direction.BROWSER
    if browses:
        get_user_model().objects.select_for_update().get(pk=user.pk)
    if browses and open_calls.filter(user=user, direction=Direction.BROWSER).count() >= limit:
        raise ActionError(
            "limit.user_calls",
            f"You already have {limit} calls running, which is the limit.",
            next_step="End one of them and start again.",
            http_status=429,
        )
    if open_calls.filter(owner=owner).count() >= int(voice_setting("MAX_CALLS")):
        raise ActionError(
            "limit.process_calls",
            "All lines are busy right now.",
            owner="us",
            next_step="Please try again in a minute.",
            http_status=503,
        )


def _what_runs(bot: Bot, version: int | str | None, user: Any) -> tuple[BotVersion | None, dict[str, Any]]:
    if bot.is_archived:
        raise ActionError("bot.archived", "This bot is archived.", next_step="Choose another bot.", http_status=404)
    if version == DRAFT:
        if user is None or not user.has_perm("bots.change_bot"):
            raise ActionError(
                "bot.draft_forbidden",
                "Only people who may edit this bot can talk to its draft.",
                next_step="Choose a published version.",
                http_status=403,
            )
        if problems := problems_in(bot):
            raise ActionError(
                "bot.incomplete",
                "; ".join(str(problem) for problem in problems),
                owner="author",
                next_step="Open the bot in the admin and complete it.",
                http_status=409,
            )
        return None, snapshot_of(bot)
    found = bot.live_version if version is None else bot.versions.filter(number=version).first()
    if found is None:
        raise ActionError(
            "bot.unpublished" if version is None else "bot.unknown_version",
            "This bot has not been published yet." if version is None else "This bot has no such version.",
            owner="author" if version is None else "caller",
            next_step="Publish the bot in the admin." if version is None else "Choose one of its versions.",
            http_status=409 if version is None else 404,
        )
    return found, found.spec


def _continued(call_id: uuid.UUID | str | None, user: Any, bot: Bot) -> Call | None:
    if call_id is None:
        return None
    earlier = call_visible_to(user, call_id)
    if earlier is None or earlier.bot_id != bot.pk or user is None or earlier.user_id != user.pk:
        raise ActionError(
            "call.unknown", "There is no such earlier call.", next_step="Start a new call.", http_status=404
        )
    if not earlier.is_final:
        raise ActionError(
            "call.still_running",
            "The earlier call is still running.",
            next_step="End it, or come back to it.",
            http_status=409,
        )
    return earlier


@transaction.atomic
def start_call(
    *,
    user: Any,
    bot: Bot,
    transport: str,
    version: int | str | None = None,
    continue_from: uuid.UUID | str | None = None,
    goes_on_from: Call | None = None,
    user_agent: str = "",
    direction: Direction = Direction.BROWSER,
    overrides: Mapping[str, Any] | None = None,
) -> Call:
    """Create a call that this process owns until its media connects; ``user`` is None for a caller by telephone.

    ``overrides`` are parts of the configuration that this call has otherwise. ``version`` is a number, ``"draft"`` (who
    may edit the bot) or None for the live one; ``continue_from`` is an earlier call of the same user with the same bot,
    whose final messages become the new call's ``context``; ``goes_on_from`` is one that needs no such check.
    Raises ActionError with the code and HTTP status that the caller is to see.
    """
    owner = this_process()
    _refuse_over_limit(user, owner, direction)
    frozen, spec = _what_runs(bot, version, user)
    spec = {**spec, **(overrides or {})}
    earlier = goes_on_from or _continued(continue_from, user, bot)
    call = Call.objects.create(
        bot=bot,
        version=frozen,
        spec=spec,
        user=user,
        direction=direction,
        transport=transport[:16],
        user_agent=user_agent[:300],
        created_at=timezone.now(),
        owner=owner,
        continued_from=earlier,
        context=earlier.context if earlier else [],
    )
    recorded = bool((spec.get("recording") or {}).get("enabled", True))
    Recording.objects.create(
        call=call,
        status=Recording.Status.PENDING if recorded else Recording.Status.MISSING,
        reason="" if recorded else "recording.disabled",
    )
    try:
        call_dir(call.pk).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        log.warning("a call's folder could not be made", extra={"error": type(error).__name__})
        raise no_files() from error
    return call
