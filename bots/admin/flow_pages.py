"""The page of a bot's flow: its drawing, what is found in it, import with a preview, export (PROD-18)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.actions.import_flow import FlowPreview, import_flow, preview_flow
from bots.admin.draft_fields import JSONText
from bots.assembly.flow_drawing import drawing_of
from bots.assembly.flows import flow_findings
from bots.assembly.rehearsal import LONGEST_LINE, MOST_LINES, rehearse_draft
from bots.engine.errors import EngineError
from bots.engine.flows.document import write_flow
from bots.engine.flows.plain_text import LONGEST, Form
from bots.engine.testing.rehearsal import Rehearsed
from bots.models import Bot

CONTENT_TYPES: dict[Form, str] = {"json": "application/json", "yaml": "application/yaml"}


class FlowText(forms.Form):
    """A flow as a file or as pasted text."""

    file = forms.FileField(label=_("File"), required=False, help_text=_("JSON or YAML."))
    text = forms.CharField(
        label=_("Text"), required=False, strip=False, max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "json-text"}),
    )  # fmt: skip
    edited_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> str:
        """The file's text."""
        file = self.cleaned_data.get("file")
        if not file:
            return ""
        if file.size > LONGEST * 4:
            raise forms.ValidationError(_("The file is too large to be a flow."))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("The file is not text in UTF-8.")) from None

    def clean(self) -> dict[str, Any]:
        """One of both, as ``flow``."""
        cleaned = super().clean() or {}
        cleaned["flow"] = cleaned.get("file") or cleaned.get("text") or ""
        if not cleaned["flow"].strip() and not self.errors:
            raise forms.ValidationError(_("Choose a file or paste a text."))
        return cleaned


class RehearsalText(forms.Form):
    """What the caller types in a rehearsal, and what tools answer."""

    lines = forms.CharField(
        label=_("The caller types"), strip=False, max_length=MOST_LINES * LONGEST_LINE,
        help_text=_("One turn a line."), widget=forms.Textarea(attrs={"rows": 6}),
    )  # fmt: skip
    answers = JSONText(
        label=_("Tools answer"), rows=3,
        help_text=_('Results by tool name, such as {"book_slot": {"booked": false}}; empty: samples. Nothing is done.'),
    )  # fmt: skip

    def clean_answers(self) -> dict[str, Any]:
        """An object, or nothing."""
        answers = self.cleaned_data.get("answers")
        if answers is not None and not isinstance(answers, dict):
            raise forms.ValidationError(_("Write an object: results by tool name."))
        return answers or {}


class FlowPages:
    """Views that the bots' administration adds to its own."""

    admin_site: AdminSite
    opts: Any

    def flow_urls(self) -> list[URLPattern]:
        """The flow's page and its downloads."""
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/flow/", wrap(self.flow_view), name="bots_bot_flow"),
            path("<int:pk>/flow.json", wrap(self.flow_file), {"form": "json"}, name="bots_bot_flow_json"),
            path("<int:pk>/flow.yaml", wrap(self.flow_file), {"form": "yaml"}, name="bots_bot_flow_yaml"),
        ]

    def _seen(self, request: HttpRequest, pk: int) -> Bot:
        bot = Bot.objects.filter(pk=pk).first()
        if bot is None:
            raise Http404("No such bot.")
        if not self.has_view_permission(request, bot):  # type: ignore[attr-defined]
            raise PermissionDenied
        return bot

    def flow_file(self, request: HttpRequest, pk: int, form: Form) -> HttpResponse:
        """The draft's flow in the public format, as a file; ``?functions=flat`` writes functions without wrapping."""
        bot = self._seen(request, pk)
        if not bot.draft.get("flow"):
            raise Http404("This bot has no flow.")
        text = write_flow(bot.draft["flow"], form, wrapped=request.GET.get("functions") != "flat")
        answer = HttpResponse(text, content_type=f"{CONTENT_TYPES[form]}; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{bot.slug}-flow.{form}"'
        return answer

    def flow_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The flow as it is, and the way to another one: text, preview, confirmation."""
        bot = self._seen(request, pk)
        may_edit = self.has_change_permission(request, bot)  # type: ignore[attr-defined]
        if request.method != "POST":
            return self._flow_page(request, bot, may_edit, FlowText())
        if "rehearse" in request.POST:
            return self._rehearsal(request, bot, may_edit)
        if not may_edit:
            raise PermissionDenied
        form = FlowText(request.POST, request.FILES)
        if not form.is_valid():
            return self._flow_page(request, bot, may_edit, form)
        text = form.cleaned_data["flow"]
        try:
            if "confirm" not in request.POST:
                return self._flow_page(request, bot, may_edit, form, preview_flow(bot=bot, text=text), text)
            import_flow(bot=bot, text=text, by=request.user, edited_at=form.cleaned_data["edited_at"])
        except ActionError as error:
            form.add_error(None, f"{error.message} {error.next_step}")
            return self._flow_page(request, bot, may_edit, form)
        self.log_change(request, bot, "Imported a flow.")  # type: ignore[attr-defined]
        messages.success(request, _("The flow is in the draft. Publish it to make it live."))
        return HttpResponseRedirect(reverse("admin:bots_bot_change", args=[pk]))

    def _rehearsal(self, request: HttpRequest, bot: Bot, may_edit: bool) -> HttpResponse:
        """A conversation with the draft as text; nothing is stored and no tool does anything."""
        form = RehearsalText(request.POST)
        rehearsed = None
        if form.is_valid():
            typed = [line.strip() for line in form.cleaned_data["lines"].splitlines() if line.strip()]
            try:
                rehearsed = rehearse_draft(bot, typed, form.cleaned_data["answers"])
            except EngineError as error:
                form.add_error(None, f"{error.message} {error.next_step}")
        return self._flow_page(request, bot, may_edit, FlowText(), rehearsal=form, rehearsed=rehearsed)

    def _flow_page(
        self, request: HttpRequest, bot: Bot, may_edit: bool, form: FlowText, preview: FlowPreview | None = None,
        text: str = "", rehearsal: RehearsalText | None = None, rehearsed: Rehearsed | None = None,
    ) -> HttpResponse:  # fmt: skip
        flow = preview.config if preview else bot.draft.get("flow")
        findings = preview.findings if preview else flow_findings(bot.draft)
        context = {
            **self.admin_site.each_context(request), "title": _("Flow of %s") % bot.name, "bot": bot, "opts": self.opts,
            "back": reverse("admin:bots_bot_change", args=[bot.pk]), "form": form, "may_edit": may_edit,
            "preview": preview, "text": text, "edited_at": bot.updated_at.isoformat(),
            "has_flow": bool(bot.draft.get("flow")), "findings": findings, "drawing": drawing_of(flow, findings),
            "rehearsal": rehearsal or RehearsalText(), "rehearsed": rehearsed,
        }  # fmt: skip
        return TemplateResponse(request, "admin/bots/flow.html", context)
