"""The bot form's sections: what most authors need is open, the rest says in one line what is set in it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bots.admin.draft_fields import PARTS, ROLE_NAMES, option_name, value_at
from bots.admin.usual import Usual
from bots.assembly.options import Option
from bots.assembly.services import CREDENTIAL, ROLES, Role, provider_choices, provider_options
from bots.engine.providers.registry import Provider
from bots.models import default_draft

MOST_SHOWN = 3
ESSENTIAL_OPTIONS = frozenset({"model", "voice", "script"})
ROLE_ORDER: tuple[Role, ...] = ("llm", "tts", "stt")
IDENTITY = ("name", "slug", "description", "edited_at")


@dataclass(frozen=True, slots=True)
class Setting:
    """A row of the form; ``usual`` is None where every bot has its own value."""

    bound: BoundField
    usual: Usual | None = None

    @property
    def is_changed(self) -> bool:
        """Whether it differs from the usual value."""
        return self.usual is not None and self.usual.is_changed

    @property
    def is_group(self) -> bool:
        """Whether it is several controls under one label."""
        return bool(self.bound.field.widget.use_fieldset)


@dataclass(frozen=True, slots=True)
class Settings:
    """Rows that fold up together: their line says what differs from the usual."""

    rows: tuple[Setting, ...]
    attention: bool = False

    @property
    def changed(self) -> list[Usual]:
        """What differs from the usual."""
        return [row.usual for row in self.rows if row.usual is not None and row.usual.is_changed]

    @property
    def errors(self) -> int:
        """Rows that were filled in wrongly."""
        return sum(bool(row.bound.errors) for row in self.rows)

    @property
    def is_open(self) -> bool:
        """Whether there is something to see: a mistake, a problem, or a value of this bot's own."""
        return bool(self.attention or self.errors or self.changed)

    @property
    def summary(self) -> str:
        """What is set, in one line."""
        phrases = [usual.phrase for usual in self.changed]
        shown = ", ".join(phrases[:MOST_SHOWN])
        if rest := len(phrases) - MOST_SHOWN:
            shown += (" " + ngettext("and %d more", "and %d more", rest) % rest) if rest > 0 else ""
        return shown or _("as usual")


@dataclass(frozen=True, slots=True)
class ProviderGroup:
    """The settings of one provider of a role: the essential ones, and the rest."""

    key: str
    label: str
    is_chosen: bool
    essential: Settings
    more: Settings

    @property
    def errors(self) -> int:
        """Rows that were filled in wrongly."""
        return self.essential.errors + self.more.errors


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the form. ``is_essential``: always open. ``groups``: the settings of a role's providers."""

    key: str
    title: Any
    settings: Settings
    is_essential: bool = False
    groups: tuple[ProviderGroup, ...] = ()

    @property
    def names(self) -> list[str]:
        """The form fields in it."""
        parts = (self.settings, *(part for group in self.groups for part in (group.essential, group.more)))
        return [row.bound.name for part in parts for row in part.rows]

    @property
    def errors(self) -> int:
        """Rows that were filled in wrongly."""
        return self.settings.errors + sum(group.errors for group in self.groups)

    @property
    def changed_count(self) -> int:
        """Rows that differ from the usual."""
        return len(self.settings.changed) + sum(len(group.more.changed) for group in self.groups if group.is_chosen)


def _rows(form: forms.BaseForm, names: Iterable[str], usual: Mapping[str, Any] | None = None) -> tuple[Setting, ...]:
    return tuple(
        Setting(form[name], None if usual is None else Usual.of(form[name], usual.get(name))) for name in names
    )


def _group(form: forms.BaseForm, role: Role, provider: Provider, chosen: str, wrong: AbstractSet[str]) -> ProviderGroup:
    def settings(options: list[Option], usual: bool) -> Settings:
        names = {option_name(role, provider.name, option): option.default for option in options}
        return Settings(_rows(form, names, names if usual else None), attention=any(name in wrong for name in names))

    essential = {*ESSENTIAL_OPTIONS, *provider.required}
    first: list[Option] = []
    rest: list[Option] = []
    for option in provider_options(provider):
        is_essential = option.name in essential or option.name.endswith(CREDENTIAL)
        (first if is_essential else rest).append(option)
    is_chosen = provider.name == chosen
    return ProviderGroup(
        f"{role}:{provider.name}", str(provider.label), is_chosen, settings(first, False), settings(rest, True)
    )


def _role_section(form: forms.BaseForm, role: Role, wrong: AbstractSet[str]) -> Section:
    chosen = str(form[f"{role}__provider"].value())
    groups = tuple(_group(form, role, provider, chosen, wrong) for provider in provider_choices(role))
    return Section(role, ROLE_NAMES[role], Settings(_rows(form, [f"{role}__provider"])), True, groups)


def sections_of(form: forms.BaseForm, wrong: AbstractSet[str] = frozenset()) -> Iterator[Section]:
    """The sections in the order an author thinks; those with a field of ``wrong`` in them are open."""
    usual_draft = default_draft()
    (title, first), *rest = PARTS
    yield Section("bot", gettext_lazy("The bot"), Settings(_rows(form, IDENTITY)), is_essential=True)
    yield Section("speech", title, Settings(_rows(form, [field.name for field in first])), is_essential=True)
    for role in ROLE_ORDER:
        yield _role_section(form, role, wrong)
    for title, fields in rest:
        usual = {field.name: value_at(usual_draft, field.path) for field in fields}
        settings = Settings(_rows(form, usual, usual), attention=any(name in wrong for name in usual))
        yield Section(fields[0].name, title, settings)
    yield Section("archive", gettext_lazy("Archive"), Settings(_rows(form, ["is_archived"], {"is_archived": False})))


def field_at(path: str, draft: Mapping[str, Any], names: Collection[str]) -> str:
    """The form field in which a draft's path, such as ``vad.confidence``, is edited; empty when there is none."""
    steps = re.split(r"[.\[\]]+", path)
    if steps[0] in ROLES:
        provider = (draft.get(steps[0]) or {}).get("provider")
        name = f"{steps[0]}__{provider}__{steps[2]}" if len(steps) > 2 else ""
        return name if name in names else f"{steps[0]}__provider"
    return next((name for name in ("__".join(steps[:2]), steps[0]) if name in names), "")
