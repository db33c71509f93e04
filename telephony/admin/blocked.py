"""The do-not-call list in the administration: numbers go on, singly or pasted, and are found again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bots.actions.errors import ActionError
from bots.admin.own_filters import OwnFiltersAdmin
from telephony.actions.block_numbers import MOST, block_numbers
from telephony.models import BlockedNumber
from telephony.selectors.countries import country_choices
from telephony.selectors.e164 import e164
from telephony.selectors.masking import may_see_numbers

LINES_NAMED = 12


class BlockedForm(forms.ModelForm):  # type: ignore[type-arg]
    """One number and why."""

    e164 = forms.CharField(label=_("Number"), max_length=32, help_text=_("With its country: +49 30 1234567."))

    class Meta:
        model = BlockedNumber
        fields = ["e164", "reason"]

    def clean_e164(self) -> str:
        """The number as telephones write it."""
        try:
            written = e164(self.cleaned_data["e164"])
        except ActionError as error:
            raise forms.ValidationError(f"{error.message} {error.next_step}") from None
        if BlockedNumber.objects.filter(e164=written).exists():
            raise forms.ValidationError(_("This number is on the list already."))
        return written


class PasteForm(forms.Form):
    """Many numbers."""

    lines = forms.CharField(
        label=_("Numbers"), widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}), max_length=400_000,
        help_text=_("One a line; what stands behind a comma is the reason. Columns of a table can be pasted."),
    )  # fmt: skip
    region = forms.ChoiceField(
        label=_("Country of numbers without one"), required=False,
        help_text=_("Empty: a number without +49 or the like is not read."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False, help_text=_("Where a line has none."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [("", _("none")), *country_choices()]  # type: ignore[attr-defined]


@admin.register(BlockedNumber)
class BlockedNumberAdmin(OwnFiltersAdmin):
    """Numbers that are never called; they are added and taken off, not changed."""

    form = BlockedForm
    change_list_template = "admin/telephony/blocked_list.html"
    list_display = ["shown_number", "reason", "added_at", "added_by"]
    list_select_related = ["added_by"]
    search_help_text = _("A whole number with its country, or words of the reason.")

    def has_change_permission(self, request: HttpRequest, obj: BlockedNumber | None = None) -> bool:
        """Another number is another row."""
        return False

    def get_fields(self, request: HttpRequest, obj: BlockedNumber | None = None) -> Any:
        """The number is typed once."""
        return ["shown_number", "reason", "added_at", "added_by"] if obj else ["e164", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: BlockedNumber | None = None) -> list[str]:
        """All that is known of one that is there."""
        return ["shown_number", "reason", "added_at", "added_by"] if obj else []

    def get_list_display(self, request: HttpRequest) -> Any:
        """Shortened numbers for who may not see them."""
        return ["whole_number" if may_see_numbers(request.user) else "shown_number", *self.list_display[1:]]

    @admin.display(description=_("number"), ordering="e164")
    def whole_number(self, row: BlockedNumber) -> str:
        """The number."""
        return row.e164

    @admin.display(description=_("number"))
    def shown_number(self, row: BlockedNumber) -> str:
        """Its beginning and end."""
        return str(row)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Any part of a number only for who may see it; everybody else finds a whole one."""
        return ["e164" if may_see_numbers(request.user) else "e164__exact", "reason"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """A number is found as it is written: +49 (0)30 123."""
        try:
            found = e164(search_term)
        except ActionError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(e164=found), False

    def save_model(self, request: HttpRequest, obj: BlockedNumber, form: Any, change: bool) -> None:
        """Note who added it."""
        obj.added_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        """The page for many."""
        paste = path("paste/", self.admin_site.admin_view(self.paste_view), name="telephony_blockednumber_paste")
        return [paste, *super().get_urls()]

    def paste_view(self, request: HttpRequest) -> HttpResponse:
        """Take a pasted list."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PasteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            try:
                done = block_numbers(
                    lines=data["lines"].splitlines(), by=request.user, reason=data["reason"], region=data["region"]
                )
            except ActionError as error:
                form.add_error("lines", f"{error.message} {error.next_step}")
            else:
                said = ngettext("%d number was added.", "%d numbers were added.", done.added) % done.added
                messages.success(request, f"{said} {_('There already: %d.') % done.known}")
                if not done.unread:
                    return HttpResponseRedirect(reverse("admin:telephony_blockednumber_changelist"))
                lines = data["lines"].splitlines()
                form = PasteForm(initial={**data, "lines": "\n".join(lines[at - 1] for at in done.unread)})
                messages.warning(request, _("These hold no number and are left below: line %s.") % _named(done.unread))
        context = {**self.admin_site.each_context(request), "title": _("Paste do-not-call numbers"), "opts": self.opts,
                   "form": form, "most": MOST}  # fmt: skip
        return TemplateResponse(request, "admin/telephony/blocked_paste.html", context)


def _named(lines: tuple[int, ...]) -> str:
    """The first lines by their numbers."""
    more = "…" if len(lines) > LINES_NAMED else ""
    return ", ".join(map(str, lines[:LINES_NAMED])) + more
