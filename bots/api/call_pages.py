"""The call list and the call page: server-rendered, readable without scripts, under a strict content policy."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bots.api.call_filters import SLOW_MS, CallFilters
from bots.assembly.changes import changes_between
from bots.models import Call
from bots.models.end_reason import end_reason
from bots.selectors.call_configuration import configuration_of
from bots.selectors.call_export import call_document
from bots.selectors.call_page import audio_state, events_of, groups_in, pretty, transcript_of
from bots.selectors.call_sections import callers_of, sections_for
from bots.selectors.calls import call_visible_to, may_listen, may_read

PER_PAGE = 50


@require_safe
@never_cache
@login_required
def call_list(request: HttpRequest) -> HttpResponse:
    """The calls a person may see, filtered, fifty a page."""
    filters = CallFilters(request.GET, user=request.user)
    calls = (
        filters.apply().select_related("bot", "version", "user").defer("spec", "context", "bot__draft", "version__spec")
    )
    page = Paginator(calls, PER_PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    callers = callers_of(page.object_list, request.user)
    row: Any
    for row in page:
        row.far_end = callers.get(row.pk, "")
    context = {"filters": filters, "page": page, "query": query.urlencode(), "slow_ms": SLOW_MS, "callers": callers,
               "any_live": any(not call.is_final for call in page)}  # fmt: skip
    return render(request, "bots/call_list.html", context)


def _call_or_404(request: HttpRequest, call_id: uuid.UUID) -> Call:
    call = call_visible_to(request.user, call_id)
    if call is None:
        raise Http404("No such call.")
    return call


def _configuration(request: HttpRequest, call: Call) -> dict[str, Any]:
    """What the call ran with, and how that differs from what callers meet today; for people who may see bots."""
    if not request.user.has_perm("bots.view_bot"):
        return {}
    live = call.bot.live_version
    ran_with = configuration_of(call)
    changes = changes_between(ran_with, live.spec) if live and live.pk != call.version_id else []
    return {"configuration": pretty(ran_with), "live": live, "changes": changes}


def _bot_form(request: HttpRequest, call: Call) -> str:
    """The address of the bot's form, for people who may change the settings that it shows; else empty."""
    may = request.user.is_staff and request.user.has_perm("bots.change_bot")
    return reverse("admin:bots_bot_change", args=[call.bot_id]) if may else ""


@require_safe
@never_cache
@login_required
def call_detail(request: HttpRequest, call_id: uuid.UUID) -> HttpResponse:
    """One call: verdict, audio, transcript, timeline, configuration."""
    call = _call_or_404(request, call_id)
    readable, audible = may_read(request.user, call), may_listen(request.user, call)
    events = events_of(call) if readable else []
    context = {
        "call": call,
        "reason": end_reason(call.end_reason) if call.is_final else None,
        "readable": readable,
        "audible": audible,
        "audio": audio_state(call),
        "entries": transcript_of(call) if readable else [],
        "events": events,
        "groups": groups_in(events),
        "sections": sections_for(call, request.user),
        "slow_ms": SLOW_MS,
        "bot_form": _bot_form(request, call),
        "may_continue": call.is_final and call.user_id == request.user.pk and bool(call.context),
        **_configuration(request, call),
    }
    return render(request, "bots/call_detail.html", context)


@require_safe
@never_cache
@login_required
def call_live(request: HttpRequest, call_id: uuid.UUID) -> JsonResponse:
    """How far a call is, for the page that shows it while it runs."""
    call = _call_or_404(request, call_id)
    audio = audio_state(call)
    return JsonResponse(
        {"status": call.status, "final": call.is_final, "seq": call.journal_seq, "encoded": audio.encoded,
         "playable": audio.playable}
    )  # fmt: skip


@require_safe
@never_cache
@login_required
def call_json(request: HttpRequest, call_id: uuid.UUID) -> JsonResponse:
    """The call as a document to keep."""
    call = _call_or_404(request, call_id)
    document = call_document(
        call, with_words=may_read(request.user, call), with_configuration=request.user.has_perm("bots.view_bot")
    )
    answer = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="call-{call.pk}.json"'
    return answer
