"""Secrets in the administration: written, never shown again."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from bots.actions.api_keys import make_api_key, revoke_api_key
from bots.admin.own_filters import OwnFiltersAdmin
from bots.models import ApiKey, Credential


class CredentialForm(forms.ModelForm):
    """Takes a secret; an empty field keeps the stored one."""

    secret = forms.CharField(
        label=_("Secret"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "class": "vTextField"}),
        help_text=_("Stored encrypted and never shown again. Empty: keep what is stored."),
    )

    class Meta:
        model = Credential
        fields = ["name", "provider"]
        help_texts = {"provider": _("Whose secret it is; for tools, the host it may be sent to: api.example.com.")}

    def clean_secret(self) -> str:
        """A new credential needs a secret."""
        secret: str = self.cleaned_data["secret"]
        if not secret and not self.instance.pk:
            raise forms.ValidationError(_("A new credential needs its secret."))
        return secret

    def save(self, commit: bool = True) -> Any:
        """Encrypt and store."""
        if secret := self.cleaned_data["secret"]:
            self.instance.set_secret(secret)
        return super().save(commit)


@admin.register(Credential)
class CredentialAdmin(OwnFiltersAdmin):
    """Names and endings of secrets; the secrets themselves only go in."""

    form = CredentialForm
    fields = ["name", "provider", "secret"]
    list_display = ["name", "provider", "ending", "updated_at"]
    list_filter = ["provider"]

    @admin.display(description=_("ends with"))
    def ending(self, credential: Credential) -> str:
        """The last four characters, as far as they give nothing away."""
        return f"…{credential.last4}" if credential.last4 else "–"


@admin.register(ApiKey)
class ApiKeyAdmin(OwnFiltersAdmin):
    """Keys of programs; a new one is shown once, on the page that follows."""

    list_display = ["name", "bot", "user", "prefix", "created_at", "last_used_at", "revoked_at"]
    list_filter = ["bot"]
    list_select_related = ["bot", "user"]
    autocomplete_fields = ["bot"]
    actions = ["revoke"]
    fields = ["name", "bot"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """An existing key is only looked at."""
        return ["name", "bot", "user", "prefix", "created_at", "last_used_at", "revoked_at"] if obj else []

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        """All that is known of an existing key."""
        return self.get_readonly_fields(request, obj) or ["name", "bot"]

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Keys are revoked, so that it stays known who had one."""
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Make the key and remember it until the answer is written."""
        if change:
            return
        row, secret = make_api_key(bot=obj.bot, user=request.user, name=obj.name)
        obj.pk, obj.prefix = row.pk, row.prefix
        request.new_api_key = secret

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """Show the key, this one time, outside of any cookie or log."""
        context = {**self.admin_site.each_context(request), "title": _("API key made"), "opts": self.opts,
                   "key": obj, "secret": request.new_api_key}  # fmt: skip
        answer = TemplateResponse(request, "admin/bots/api_key.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    @admin.action(description=_("Revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """Stop the chosen keys from working."""
        messages.success(request, _("Revoked: %d.") % sum(revoke_api_key(key) for key in keys))
