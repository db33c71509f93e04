"""Form fields for the parts of a draft: what the author sees, and where in the draft it lives."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from bots.admin.form_fields import DraftField, JSONText, Pronunciations, WordLines, area, flag, number
from bots.admin.phone_fields import KEY_MENU, PHONE_EMPTY, PLACING, TURN_LIMITS
from bots.admin.resilience_fields import RESILIENCE, RESILIENCE_EMPTY
from bots.admin.turn_fields import TURNS, TURNS_EMPTY
from bots.assembly.audio import noise_filter_choices
from bots.assembly.options import Option
from bots.assembly.services import CREDENTIAL, Role, provider_choices, provider_options
from bots.assembly.tool_kinds import TOOL_KINDS
from bots.engine.frames import KeypadEntry
from bots.engine.spec import KeypadSpec, TurnSpec
from bots.models import Credential
from bots.models.voice_settings import sound_names

SPEECH = (
    DraftField(("persona",), area(_("Persona"), _("Who the bot is; the model reads it before every reply."), 6)),
    DraftField(("greeting",), area(_("Greeting"), _("What it says first. Empty: it waits for the caller."), 3)),
    DraftField(
        ("language",), lambda: forms.CharField(label=_("Language"), max_length=12, help_text=_("Such as en or en-GB."))
    ),
)
TURN_TAKING = (
    DraftField(
        ("vad", "confidence"),
        number(
            _("Voice confidence"), _("How sure the detector must be that it hears speech (0 to 1, usually 0.7)."), 0, 1
        ),
    ),
    DraftField(
        ("vad", "start_secs"),
        number(
            _("Speech begins after"), _("Seconds of voice until the caller counts as speaking (usually 0.2)."), 0, 5
        ),
    ),
    DraftField(
        ("vad", "stop_secs"),
        number(
            _("Speech ends after"), _("Seconds of silence until the caller counts as finished (usually 0.8)."), 0, 10
        ),
    ),
    DraftField(
        ("vad", "min_volume"),
        number(_("Least volume"), _("Quieter sounds are not speech (0 to 1, usually 0.6)."), 0, 1),
    ),
    DraftField(
        ("turns", "allow_interruptions"),
        flag(_("Callers may interrupt"), _("The bot stops speaking when the caller does.")),
    ),
    DraftField(
        ("turns", "min_words"),
        number(_("Words to interrupt"), _("0: any speech interrupts; 2 or 3 let “mhm” pass."), 0, 20, whole=True),
    ),
)
SOUND = (
    DraftField(
        ("audio", "noise_filter"),
        lambda: forms.ChoiceField(
            label=_("Noise filter"),
            required=False,
            choices=lambda: [("", _("none")), *noise_filter_choices()],
            help_text=_("Cleans the caller's audio before anything listens to it; adds up to 0.13 seconds."),
        ),
    ),
    DraftField(
        ("audio", "background"),
        lambda: forms.ChoiceField(
            label=_("Background sound"),
            required=False,
            choices=lambda: [("", _("none")), *((name, name) for name in sound_names())],
            help_text=_("A mono sound file under the bot's voice; files lie in the server's folder of sounds."),
        ),
    ),
    DraftField(
        ("audio", "background_volume"),
        number(_("Background volume"), _("A factor: 1 as recorded, usually 0.4."), 0, 4),
    ),
)
SPOKEN = (
    DraftField(
        ("speech", "markdown"),
        flag(_("Leave out Markdown"), _("The marks that models write for bold, headings and links are not spoken.")),
    ),
    DraftField(("speech", "leave_out_code"), flag(_("Leave out code"), _("Code blocks are not read aloud."))),
    DraftField(("speech", "leave_out_tables"), flag(_("Leave out tables"), _("Tables are not read aloud."))),
    DraftField(
        ("speech", "aggregation"),
        lambda: forms.ChoiceField(
            label=_("The voice gets"),
            choices=[("sentence", _("whole sentences")), ("token", _("every word as it comes"))],
            help_text=_("Sentences sound better; words begin sooner, with voices that can go on in mid-sentence."),
        ),
    ),
    DraftField(
        ("speech", "voices"),
        lambda: Pronunciations(
            label=_("Voices by name"),
            help_text=_("One a line: ann = the provider's voice. The model then may write <voice>ann</voice>."),
        ),
    ),
    DraftField(
        ("speech", "lost_voice"),
        area(_("When the voice fails"), _("Heard from a recording when the voice provider does not answer."), 2),
    ),
)
SILENCE = (
    DraftField(
        ("turns", "user_idle_secs"),
        number(
            _("Silent caller"),
            _("Seconds of silence until the caller is asked, and between two questions (usually 8; 0: never)."),
            0,
            600,
            required=False,
        ),
    ),
    DraftField(
        ("turns", "user_idle_prompts"),
        lambda: WordLines(label=_("Questions to a silent caller"), help_text=_("One a line, asked in this order.")),
    ),
    DraftField(
        ("turns", "user_idle_goodbye"),
        area(_("Goodbye to a silent caller"), _("Said when nobody answered; then the call ends."), 2),
    ),
    DraftField(
        ("turns", "wake_phrases"),
        lambda: WordLines(
            label=_("Wake phrases"),
            help_text=_("One a line. The bot listens only after it heard one; empty: it always listens."),
        ),
    ),
    DraftField(
        ("turns", "wake_keepalive_secs"),
        number(_("Stays awake"), _("Seconds after each thing the caller says (usually 10)."), 0.5, 600, required=False),
    ),
)
KEYPAD = (
    DraftField(("keypad", "enabled"), flag(_("Telephone keys"), _("The model is told what keys the caller pressed."))),
    DraftField(
        ("keypad", "timeout_secs"),
        number(
            _("Keys are complete after"),
            _("Seconds without a key: 1 to 2 for fast entry, 3 to 5 for menus."),
            0.2,
            60,
            required=False,
        ),
    ),
    DraftField(
        ("keypad", "termination_digit"),
        lambda: forms.ChoiceField(
            label=_("Last key"),
            choices=[(key.value, key.value) for key in KeypadEntry],
            help_text=_("Completes the entry at once, usually #."),
            required=False,
        ),
    ),
    DraftField(
        ("keypad", "prefix"),
        lambda: forms.CharField(
            label=_("Prefix"),
            max_length=60,
            strip=False,
            required=False,
            help_text=_("Stands before the keys in what the model reads; explain it in the persona."),
        ),
    ),
)
WORDS = (
    DraftField(
        ("vocabulary",),
        lambda: WordLines(
            label=_("Vocabulary"), help_text=_("What callers are likely to say, one word or phrase a line.")
        ),
    ),
    DraftField(
        ("pronunciations",),
        lambda: Pronunciations(
            label=_("Pronunciations"), help_text=_("For words the recogniser does not know: twilio = T W IH L IY OW")
        ),
    ),
)
ABILITIES = (
    DraftField(
        ("tools",),
        lambda: JSONText(
            label=_("Tools"),
            rows=10,
            help_text=format_lazy(
                "{} {}",
                _(
                    "A list; each with name, kind, description, properties, required and settings. The page Tools "
                    "above explains each kind and lets you try what is saved. The kinds:"
                ),
                ", ".join(TOOL_KINDS),
            ),
        ),
    ),
    DraftField(
        ("flow",),
        lambda: JSONText(
            label=_("Flow"), rows=10, help_text=_("An object with initial_node and nodes; empty: a free conversation.")
        ),
    ),
)
LIMITS = (
    DraftField(
        ("limits", "max_duration_s"), number(_("Longest call"), _("Seconds, 10 to 14400."), 10, 14400, whole=True)
    ),
    DraftField(
        ("limits", "idle_timeout_s"),
        number(
            _("Idle limit"),
            _("Seconds without speech after which the bot ends the call, 5 to 3600."),
            5,
            3600,
            whole=True,
        ),
    ),
    DraftField(("recording", "enabled"), flag(_("Record calls"), _("Both sides, in separate tracks."))),
    DraftField(
        ("tracing", "words"),
        flag(
            _("Words in traces"),
            _("Where this server sends traces: with prompts, transcripts, answers and tool data, not figures alone."),
        ),
    ),
)
EMPTY: dict[tuple[str, ...], Any] = {
    **TURNS_EMPTY,
    **RESILIENCE_EMPTY,
    **PHONE_EMPTY,
    ("turns", "user_idle_secs"): 0,
    ("turns", "wake_keepalive_secs"): TurnSpec().wake_keepalive_secs,
    ("keypad", "timeout_secs"): KeypadSpec().timeout_secs,
    ("tools",): [],
}


def _credential_choices() -> list[tuple[str, Any]]:
    return [("", _("none")), *((row.name, str(row)) for row in Credential.objects.all())]


def option_field(option: Option) -> forms.Field:
    """The form field of a provider's setting."""
    common: dict[str, Any] = {"label": option.label, "help_text": option.help, "required": False}
    if option.name == CREDENTIAL or option.name.endswith(f"_{CREDENTIAL}"):
        return forms.ChoiceField(choices=_credential_choices, **common)
    match option.kind:
        case "flag":
            return forms.BooleanField(**common)
        case "whole":
            return forms.IntegerField(min_value=option.least, max_value=option.most, **common)
        case "number":
            return forms.FloatField(min_value=option.least, max_value=option.most, **common)
        case "choice":
            values = [(str(value), str(value)) for value in option.choices]
            by_text = {str(value): value for value in option.choices}
            return forms.TypedChoiceField(choices=values, coerce=lambda value: by_text.get(str(value), value), **common)
        case "json":
            return JSONText(rows=18 if option.name == "script" else 6, label=option.label, help_text=option.help)
        case _:
            return forms.CharField(**common)


def option_name(role: str, provider: str, option: Option) -> str:
    """The form field's name of a provider's setting."""
    return f"{role}__{provider}__{option.name}"


def provider_fields(role: Role) -> Iterator[tuple[str, forms.Field]]:
    """The picker of a role's provider and the settings of every provider in it."""
    choices = provider_choices(role)
    picker = forms.ChoiceField(
        label=_("Provider"),
        choices=[(choice.name, choice.label) for choice in choices],
        widget=forms.Select(attrs={"data-provider-picker": role}),
    )
    yield f"{role}__provider", picker
    for choice in choices:
        for option in provider_options(choice):
            field = option_field(option)
            field.widget.attrs["data-provider-of"] = f"{role}:{choice.name}"
            yield option_name(role, choice.name, option), field


def value_at(draft: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The draft's value at a path; None where there is none."""
    value: Any = draft
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


PARTS: tuple[tuple[Any, tuple[DraftField, ...]], ...] = (
    (_("What it says"), SPEECH),
    (_("Taking turns"), TURN_TAKING),
    (_("Who speaks when"), TURNS),
    (_("Sound"), SOUND),
    (_("Silence and waking"), SILENCE),
    (_("Telephone keys"), (*KEYPAD, *KEY_MENU)),
    (_("Placing calls"), PLACING),
    (_("Words"), WORDS),
    (_("Tools and flow"), ABILITIES),
    (_("How it speaks"), SPOKEN),
    (_("Slow and failing models"), RESILIENCE),
    (_("Limits and recording"), (*LIMITS, *TURN_LIMITS)),
)
ROLE_NAMES: dict[Role, Any] = {"stt": _("Recognition"), "llm": _("Model"), "tts": _("Voice")}
