"""What calls leave behind, to be looked at and not changed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bots.actions.run_job import rerun_job
from bots.admin.own_filters import OwnFiltersAdmin
from bots.models import Appointment, Call, CallEvent, Job
from bots.selectors.calls import calls_visible_to


class ReadOnlyAdmin(OwnFiltersAdmin):
    """Shows rows; nobody adds, changes or deletes them here."""

    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    """The calls; each opens on its own page."""

    list_display = ["opened", "status", "version", "created_at", "duration_s", "turn_count", "latency_p95_ms",
                    "user", "end_sentence"]  # fmt: skip
    list_display_links = None
    list_filter = ["status", "bot", "end_reason"]
    list_select_related = ["bot", "version", "user"]
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        """The calls this person may see, without their bulky parts."""
        return calls_visible_to(request.user).defer("spec", "context", "bot__draft", "version__spec")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """The call page knows more."""
        return HttpResponseRedirect(reverse("call_detail", args=[object_id]))

    @admin.display(description=_("call"), ordering="bot__name")
    def opened(self, call: Call) -> str:
        """A link to the call page."""
        return format_html('<a href="{}">{}</a>', reverse("call_detail", args=[call.pk]), call.bot.name)


@admin.register(CallEvent)
class CallEventAdmin(ReadOnlyAdmin):
    """The events of all calls, for people who may read transcripts."""

    list_display = ["in_call", "seq", "at", "kind"]
    list_filter = ["kind"]
    search_fields = ["call__id"]
    list_select_related = ["call"]
    ordering = ["-call_id", "seq"]
    fields = readonly_fields = ["call", "seq", "at", "kind", "data", "cause"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Events hold what people said."""
        allowed = super().has_view_permission(request, obj)
        return bool(allowed and request.user.has_perm("bots.view_transcript"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallEvent]:
        """Events of the calls this person may see."""
        return CallEvent.objects.filter(call__in=calls_visible_to(request.user))

    @admin.display(description=_("call"))
    def in_call(self, event: CallEvent) -> str:
        """A link to that moment of the call."""
        url = reverse("call_detail", args=[event.call_id])
        return format_html('<a href="{}#t={}">{}</a>', url, f"{event.at:.1f}", event.call_id)


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Background work and what became of it."""

    list_display = ["key", "kind", "status", "attempts", "last_error", "created_at", "finished_at"]
    list_filter = ["status", "kind"]
    search_fields = ["key"]
    actions = ["run_again"]

    @admin.action(description=_("Run again"), permissions=["rerun"])
    def run_again(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Start the chosen jobs anew."""
        for job in jobs:
            rerun_job(job)
        messages.success(request, _("Queued again: %d.") % len(jobs))

    def has_rerun_permission(self, request: HttpRequest) -> bool:
        """Whoever may change jobs."""
        return bool(request.user.has_perm("bots.change_job"))


@admin.register(Appointment)
class AppointmentAdmin(OwnFiltersAdmin):
    """What the appointment desk booked."""

    list_display = ["starts_at", "name", "bot", "created_at"]
    list_filter = ["bot"]
    search_fields = ["name"]
    autocomplete_fields = ["bot"]
    fields = ["bot", "starts_at", "name"]
