"""The form of a bot: its draft, taken apart into fields and put together again."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bots.admin.draft_fields import EMPTY, PARTS, option_name, provider_fields, value_at
from bots.assembly.services import ROLES, Role, provider_choices, provider_options
from bots.models import Bot, default_draft


class BotForm(forms.ModelForm):
    """Edits name, address, description and the whole draft; an incomplete draft may be saved, not published."""

    edited_at = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Bot
        fields = ["name", "slug", "description", "is_archived"]
        widgets = {"description": forms.TextInput(attrs={"class": "vTextField wide-text"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        draft = {**default_draft(), **(self.instance.draft or {})}
        for _title, fields in PARTS:
            for field in fields:
                if field.name in self.fields:
                    self.initial[field.name] = value_at(draft, field.path)
        for role in ROLES:
            self._show_service(role, draft.get(role) or {})
        if self.instance.pk:
            self.initial["edited_at"] = self.instance.updated_at.isoformat()

    def _show_service(self, role: Role, service: dict[str, Any]) -> None:
        self.initial[f"{role}__provider"] = service.get("provider")
        for choice in provider_choices(role):
            given = service.get("settings") or {} if choice.name == service.get("provider") else {}
            for option in provider_options(choice):
                self.initial[option_name(role, choice.name, option)] = given.get(option.name, option.default)

    def _service(self, role: Role) -> dict[str, Any]:
        """The chosen provider with the settings that differ from its defaults or were said before."""
        name = self.cleaned_data.get(f"{role}__provider")
        chosen = next((choice for choice in provider_choices(role) if choice.name == name), None)
        if chosen is None:
            return dict(self.instance.draft.get(role) or {})
        before = self.instance.draft.get(role) or {}
        said = before.get("settings") or {} if before.get("provider") == chosen.name else {}
        settings: dict[str, Any] = {}
        for option in provider_options(chosen):
            value = self.cleaned_data.get(option_name(role, chosen.name, option))
            if value is None or (value == "" and option.default is None):
                continue
            if value == option.default and option.name not in said:
                continue
            settings[option.name] = value
        return {"provider": chosen.name, "settings": settings}

    def draft(self) -> dict[str, Any]:
        """The draft as the form describes it; parts that the form does not know stay as they are."""
        draft = {**default_draft(), **(self.instance.draft or {})}
        for _title, fields in PARTS:
            for field in fields:
                value = self.cleaned_data.get(field.name)
                value = EMPTY.get(field.path) if value is None else value
                if len(field.path) == 1:
                    draft[field.path[0]] = value
                else:
                    part = draft.get(field.path[0])
                    draft[field.path[0]] = {**(part if isinstance(part, dict) else {}), field.path[1]: value}
        for role in ROLES:
            draft[role] = self._service(role)
        return draft

    def clean(self) -> dict[str, Any]:
        """Refuse to overwrite what somebody else saved since the form was opened."""
        cleaned = super().clean() or {}
        opened = cleaned.get("edited_at")
        if self.instance.pk and opened:
            stored = Bot.objects.filter(pk=self.instance.pk).first()
            if stored and stored.updated_at.isoformat() != opened:
                who = stored.updated_by.get_username() if stored.updated_by else _("Somebody")
                raise forms.ValidationError(
                    _("%(who)s saved this bot while you were editing. Open it again, then repeat your changes.")
                    % {"who": who}
                )
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Put the draft together and store it."""
        self.instance.draft = self.draft()
        return super().save(commit)


def bot_form() -> type[BotForm]:
    """The form class with a field for every part of the draft and every provider's settings."""
    fields: dict[str, forms.Field] = {}
    for _title, parts in PARTS:
        fields.update({part.name: part.make() for part in parts})
    for role in ROLES:
        fields.update(dict(provider_fields(role)))
    return type("BotDraftForm", (BotForm,), fields)
