"""Calls, events and recordings that a person may see."""

import re
import uuid
from datetime import date, datetime, time
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from bots.models import Bot, Call, TranscriptWord

_TERM = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
MAX_TERMS = 6
# From here on it is quicker to ask each call for the word than to collect the word's calls.
COMMON = 5000


def may_see_all_calls(user: Any) -> bool:
    """Whether the person may list other people's calls."""
    return bool(user.is_active and user.is_staff and user.has_perm("bots.view_call"))


def calls_visible_to(user: Any) -> QuerySet[Call]:
    """The calls a person may open: their own, or everybody's for staff with the permission to view calls."""
    if not user.is_authenticated or not user.is_active:
        return Call.objects.none()
    return Call.objects.all() if may_see_all_calls(user) else Call.objects.filter(user=user)


def call_visible_to(user: Any, call_id: uuid.UUID | str) -> Call | None:
    """One call with its bot, version and recording, or None when it does not exist for this person."""
    try:
        wanted = uuid.UUID(str(call_id))
    except ValueError:
        return None
    related = ("bot", "version", "user", "recording", "continued_from")
    return calls_visible_to(user).select_related(*related).filter(pk=wanted).first()


def may_read(user: Any, call: Call) -> bool:
    """Whether the person may read what was said in a call they can see."""
    return bool(call.user_id == user.pk or user.has_perm("bots.view_transcript"))


def may_listen(user: Any, call: Call) -> bool:
    """Whether the person may listen to a call they can see."""
    return bool(call.user_id == user.pk or user.has_perm("bots.listen_recording"))


def bots_talkable_by(user: Any) -> QuerySet[Bot]:
    """The bots a person may talk to: published ones, and drafts for those who may edit bots."""
    bots = Bot.objects.filter(is_archived=False).select_related("live_version")
    if not user.is_authenticated or not user.is_active:
        return bots.none()
    return bots if user.has_perm("bots.change_bot") else bots.filter(live_version__isnull=False)


def said(calls: QuerySet[Call], user: Any, words: str) -> QuerySet[Call]:
    """Those of the calls in which every one of the words (or a word that begins so) was said.

    Only calls whose transcript the person may read are found.
    """
    terms = [term.casefold() for term in _TERM.findall(words)][:MAX_TERMS]
    if not terms:
        return calls.none() if words.strip() else calls
    if not user.has_perm("bots.view_transcript"):
        calls = calls.filter(user=user)
    for term in terms:
        hits = TranscriptWord.objects.filter(folded__gte=term, folded__lt=term + "\U0010ffff").order_by()
        if len(hits.values_list("pk", flat=True)[:COMMON]) < COMMON:
            calls = calls.filter(pk__in=hits.values("call"))
        else:
            calls = calls.filter(Exists(hits.filter(call=OuterRef("pk"))))
    return calls


def day_bounds(first: date | None, last: date | None) -> Q:
    """Calls created on or after the first and on or before the last day, in the current time zone."""
    zone = timezone.get_current_timezone()
    found = Q()
    if first:
        found &= Q(created_at__gte=datetime.combine(first, time.min, zone))
    if last:
        found &= Q(created_at__lte=datetime.combine(last, time.max, zone))
    return found
