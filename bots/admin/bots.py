"""Bots in the administration: edit the draft, see what is wrong with it, publish it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.actions.publish_bot import publish_bot, restore_version
from bots.admin.bot_form import BotForm, bot_form
from bots.admin.flow_pages import FlowPages
from bots.admin.own_filters import OwnFiltersAdmin
from bots.admin.sections import field_at, sections_of
from bots.admin.tool_pages import ToolPages
from bots.assembly import problems_in, snapshot_of
from bots.assembly.changes import changes_between
from bots.assembly.problems import Problem
from bots.assembly.warnings import warnings_for
from bots.models import Bot, BotVersion
from bots.selectors.version_latency import VersionLatency, latency_by_version

VERSIONS_SHOWN = 12


def _versions_of(bot: Bot) -> list[tuple[BotVersion, VersionLatency | None]]:
    """The newest versions, each with how long its callers waited for answers."""
    latencies = latency_by_version(bot)
    newest = bot.versions.select_related("published_by").defer("spec")[:VERSIONS_SHOWN]
    return [(version, latencies.get(version.pk)) for version in newest]


@admin.register(Bot)
class BotAdmin(FlowPages, ToolPages, OwnFiltersAdmin):
    """Draft, publish, restore; bots are archived, never deleted."""

    change_form_template = "admin/bots/bot_form.html"
    list_display = ["name", "live", "state", "talk", "calls_so_far", "updated_at", "updated_by"]
    list_filter = ["is_archived", "is_demo"]
    list_select_related = ["live_version", "updated_by"]
    search_fields = ["name", "slug", "description"]
    prepopulated_fields = {"slug": ["name"]}
    save_on_top = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bot]:
        """Bots with the number of their calls."""
        return super().get_queryset(request).annotate(call_total=Count("calls"))

    def get_form(
        self, request: HttpRequest, obj: Bot | None = None, change: bool = False, **kwargs: Any
    ) -> type[BotForm]:
        """The form with the draft's fields; who may only look gets the plain rows."""
        if obj and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **kwargs)
        return bot_form()

    def get_fieldsets(self, request: HttpRequest, obj: Bot | None = None) -> Any:
        """All fields at once: the page puts them into sections itself."""
        if obj and not self.has_change_permission(request, obj):
            return [(None, {"fields": ["name", "slug", "description", "draft", "is_archived"]})]
        return [(None, {"fields": list(bot_form().base_fields)})]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Bot | None = None) -> Any:
        """The address follows the name only while the bot is new."""
        return {} if obj else self.prepopulated_fields

    def has_delete_permission(self, request: HttpRequest, obj: Bot | None = None) -> bool:
        """Calls refer to their bot for ever."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Bot | None = None) -> bool:
        """As the person's permissions say."""
        return bool(request.user.has_perm("bots.change_bot"))

    @admin.display(description=_("live"), ordering="live_version__number")
    def live(self, bot: Bot) -> str:
        """The version callers meet."""
        return str(bot.live_version) if bot.live_version else "–"

    @admin.display(description=_("draft"))
    def state(self, bot: Bot) -> str:
        """Whether the draft differs from the live version."""
        if bot.is_archived:
            return str(_("archived"))
        if bot.live_version is None:
            return str(_("never published"))
        return str(_("changed")) if changes_between(bot.live_version.spec, snapshot_of(bot)) else str(_("same as live"))

    @admin.display(description="")
    def talk(self, bot: Bot) -> str:
        """A way into the console."""
        return format_html('<a class="talk" href="/console/{}/">{}</a>', bot.slug, _("Talk to it"))

    @admin.display(description=_("calls"), ordering="call_total")
    def calls_so_far(self, bot: Any) -> str:
        """The bot's calls, as a link to their list."""
        return format_html('<a href="{}?bot={}">{}</a>', reverse("call_list"), bot.slug, bot.call_total)

    def save_model(self, request: HttpRequest, obj: Bot, form: Any, change: bool) -> None:
        """Note who edited."""
        if not change:
            obj.created_by = request.user
        obj.updated_by = request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Bot, post_url_continue: str | None = None) -> HttpResponse:
        """Stay with the new bot: the next step is to talk to it."""
        return self._after_save(request, obj)

    def response_change(self, request: HttpRequest, obj: Bot) -> HttpResponse:
        """Stay on the page, or go on to publishing."""
        return self._after_save(request, obj)

    def _after_save(self, request: HttpRequest, bot: Bot) -> HttpResponse:
        if "_publish" in request.POST:
            return HttpResponseRedirect(reverse("admin:bots_bot_publish", args=[bot.pk]))
        messages.success(request, _("Draft saved. Callers still meet what was published last."))
        return HttpResponseRedirect(reverse("admin:bots_bot_change", args=[bot.pk]))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add to the form its sections, what is wrong with the draft, and the versions."""
        bot: Bot | None = kwargs.get("obj")
        form = context["adminform"].form
        context["show_save_and_add_another"] = False
        problems: list[tuple[Problem, str]] = []
        if bot:
            live = bot.live_version
            problems = [(problem, field_at(problem.path, bot.draft, form.fields)) for problem in problems_in(bot)]
            context.update(
                problems=problems,
                warnings=warnings_for(bot.draft),
                live=live,
                change_count=len(changes_between(live.spec, snapshot_of(bot))) if live else None,
                versions=_versions_of(bot),
            )
        if isinstance(form, BotForm):
            context["sections"] = list(sections_of(form, {name for _problem, name in problems if name}))
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """The pages that publish and restore."""
        return [
            path("<int:pk>/publish/", self.admin_site.admin_view(self.publish_view), name="bots_bot_publish"),
            path(
                "<int:pk>/restore/<int:number>/", self.admin_site.admin_view(self.restore_view), name="bots_bot_restore"
            ),
            *self.flow_urls(),
            *self.tool_urls(),
            *super().get_urls(),
        ]

    def _editable(self, request: HttpRequest, pk: int) -> Bot:
        bot = Bot.objects.select_related("live_version").filter(pk=pk).first()
        if bot is None:
            raise Http404("No such bot.")
        if not self.has_change_permission(request, bot):
            raise PermissionDenied
        return bot

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would change for callers, what is wrong, and the button."""
        bot = self._editable(request, pk)
        back = reverse("admin:bots_bot_change", args=[pk])
        if request.method == "POST":
            try:
                version = publish_bot(bot=bot, by=request.user, note=request.POST.get("note", ""))
            except ActionError as error:
                messages.error(request, f"{error.message} {error.next_step}")
                return HttpResponseRedirect(request.path)
            self.log_change(request, bot, f"Published v{version.number}.")
            messages.success(request, _("Version %d is live: callers meet it from now on.") % version.number)
            return HttpResponseRedirect(back)
        changes = changes_between(bot.live_version.spec if bot.live_version else {}, snapshot_of(bot))
        context = {**self.admin_site.each_context(request), "title": _("Publish %s") % bot.name, "bot": bot,
                   "opts": self.opts, "back": back, "problems": problems_in(bot), "warnings": warnings_for(bot.draft),
                   "changes": changes, "next_number": bot.next_number()}  # fmt: skip
        return TemplateResponse(request, "admin/bots/publish.html", context)

    def restore_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """What an earlier version would change in the draft, and the button."""
        bot = self._editable(request, pk)
        version = BotVersion.objects.filter(bot=bot, number=number).first()
        if version is None:
            raise Http404("No such version.")
        back = reverse("admin:bots_bot_change", args=[pk])
        if request.method == "POST":
            restore_version(bot=bot, number=number, by=request.user)
            self.log_change(request, bot, f"Copied v{number} into the draft.")
            messages.success(request, _("Version %d is now the draft. Publish it to make it live.") % number)
            return HttpResponseRedirect(back)
        context = {**self.admin_site.each_context(request), "title": _("Bring back v%d") % number, "bot": bot,
                   "opts": self.opts, "back": back, "version": version,
                   "changes": changes_between(snapshot_of(bot), version.spec)}  # fmt: skip
        return TemplateResponse(request, "admin/bots/restore.html", context)
