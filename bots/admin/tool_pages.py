"""The page of a bot's tools: what each is, and a button to try it (PROD-19)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.actions.try_tool import tools_of_server, try_tool_of
from bots.admin.draft_fields import JSONText
from bots.assembly.tool_kinds import TOOL_KINDS, kind_options
from bots.engine.tools.mcp.settings import MCP_KIND
from bots.engine.tools.trial import ONLY_IN_A_CALL
from bots.models import Bot

_SAMPLES: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}


class TrialForm(forms.Form):
    """The arguments a model would give."""

    arguments = JSONText(label=_("Arguments"), rows=6, help_text=_("A JSON object, as the model would give it."))

    def clean_arguments(self) -> dict[str, Any]:
        """The object; an empty text is no arguments."""
        value = self.cleaned_data["arguments"]
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise forms.ValidationError(_("This must be a JSON object."))
        return value


def sample_of(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments to begin with: every required one, with an empty value of its type."""
    properties = tool.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    found: dict[str, Any] = {}
    for name in tool.get("required") or ():
        about = properties.get(name)
        about = about if isinstance(about, Mapping) else {}
        choices = about.get("enum")
        found[str(name)] = (
            choices[0] if isinstance(choices, list) and choices else _SAMPLES.get(str(about.get("type")), "")
        )
    return found


class ToolPages:
    """Adds the page to the administration of bots."""

    admin_site: AdminSite
    opts: Any

    def tool_urls(self) -> list[URLPattern]:
        """The page's address."""
        return [path("<int:pk>/tools/", self.admin_site.admin_view(self.tools_view), name="bots_bot_tools")]

    def tools_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft's tools; one that is chosen can be tried by who may edit the bot."""
        bot = Bot.objects.filter(pk=pk).first()
        if bot is None:
            raise Http404("No such bot.")
        if not request.user.has_perm("bots.change_bot"):
            raise PermissionDenied
        tools = [tool for tool in bot.draft.get("tools") or () if isinstance(tool, dict) and tool.get("name")]
        chosen = next((tool for tool in tools if tool["name"] == request.GET.get("tool")), None)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "title": _("Tools of %s") % bot.name, "opts": self.opts,
            "bot": bot, "tools": tools, "chosen": chosen, "back": reverse("admin:bots_bot_change", args=[pk]),
            "kinds": [(kind, what, kind_options(kind)) for kind, what in TOOL_KINDS.items()],
        }  # fmt: skip
        if chosen:
            context.update(self._trial(request, bot, chosen))
        return TemplateResponse(request, "admin/bots/tools.html", context)

    def _trial(self, request: HttpRequest, bot: Bot, tool: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {
            "is_server": tool.get("kind") == MCP_KIND,
            "only_in_a_call": tool.get("kind") in ONLY_IN_A_CALL or str(tool.get("kind")).startswith("appointments."),
            "form": TrialForm(initial={"arguments": sample_of(tool)}),
        }
        if request.method != "POST":
            return found
        found["form"] = form = TrialForm(request.POST)
        try:
            if found["is_server"]:
                found["offered"] = tools_of_server(bot=bot, name=tool["name"], by=request.user)
            elif form.is_valid():
                arguments = form.cleaned_data["arguments"]
                trial = try_tool_of(bot=bot, name=tool["name"], arguments=arguments, by=request.user)
                shown = json.dumps(trial.result, indent=2, ensure_ascii=False)
                found.update(trial=trial, took_ms=round(trial.took_s * 1000), shown=shown)
        except ActionError as error:
            found["refused"] = error
        return found
