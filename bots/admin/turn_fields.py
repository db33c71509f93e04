"""Form fields for who speaks when: the end of a turn, barge-in, mutes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bots.admin.form_fields import DraftField, WordLines, flag, number
from bots.assembly.turns import MUTES
from bots.engine.spec import BargeInSpec, TurnEndSpec
from bots.models import Credential

MUTE_LABELS = {
    "first_speech": _("while the bot speaks for the first time"),
    "mute_until_first_bot_complete": _("from the start until the bot's first speech is over"),
    "function_call": _("while a tool runs"),
    "always": _("whenever the bot speaks"),
}

TURN_END = (
    DraftField(
        ("turn_end", "analyzer"),
        lambda: forms.ChoiceField(
            label=_("Turn analyzer"),
            required=False,
            choices=[
                ("", _("none: silence decides")),
                ("http", _("over HTTP")),
                ("local", _("a model on this server")),
            ],
            help_text=_("A model hears whether a caller who pauses is done. Then let speech end after 0.2 seconds."),
        ),
    ),
    DraftField(
        ("turn_end", "url"),
        lambda: forms.URLField(
            label=_("Analyzer's address"),
            required=False,
            assume_scheme="https",
            widget=forms.URLInput(attrs={"class": "vTextField wide-text"}),
            help_text=_("Your own deployment of smart-turn. Empty: the hosted one, with a key."),
        ),
    ),
    DraftField(
        ("turn_end", "credential"),
        lambda: forms.ChoiceField(
            label=_("Analyzer's key"),
            required=False,
            choices=lambda: [("", _("none")), *((row.name, str(row)) for row in Credential.objects.all())],
        ),
    ),
    DraftField(
        ("turn_end", "stop_secs"),
        number(
            _("Silence ends the turn"),
            _("Seconds, whatever the analyzer says (usually 3)."),
            0.2,
            10,
            required=False,
        ),
    ),
    DraftField(
        ("turn_end", "pre_speech_ms"),
        number(_("Heard before the voice"), _("Milliseconds (usually 0)."), 0, 2000, required=False),
    ),
    DraftField(
        ("turn_end", "max_duration_secs"),
        number(_("Heard of a long turn"), _("Its last seconds (usually 8)."), 1, 30, required=False),
    ),
)
BARGE_IN = (
    DraftField(
        ("barge_in", "two_step"),
        flag(
            _("Decide in two steps"),
            _("The bot falls silent at the caller's first sound as ever, but goes on after a cough or an “mhm”."),
        ),
    ),
    DraftField(
        ("barge_in", "echo_test"),
        flag(_("Ignore the bot's own echo"), _("For loudspeakers: what sounds like the bot itself is no speech.")),
    ),
    DraftField(
        ("barge_in", "decide_secs"),
        number(_("Decide within"), _("Seconds the bot waits for words (usually 0.8)."), 0.1, 2, required=False),
    ),
    DraftField(
        ("barge_in", "words_secs"),
        number(
            _("Words may be late by"), _("Seconds after the caller's last sound (usually 0.5)."), 0.1, 2, required=False
        ),
    ),
    DraftField(
        ("barge_in", "backchannels"),
        lambda: WordLines(
            label=_("Signs of listening"),
            help_text=_("Words that let the bot go on, one a line. Empty: mhm, yeah, okay and the like."),
        ),
    ),
)
MUTE = (
    DraftField(
        ("mute", "strategies"),
        lambda: forms.MultipleChoiceField(
            label=_("The caller is not heard"),
            required=False,
            choices=[(name, MUTE_LABELS[name]) for name in MUTES],
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Choose as few as the conversation needs; callers are shown that they are not heard."),
        ),
    ),
)
TURNS = (*TURN_END, *BARGE_IN, *MUTE)
TURNS_EMPTY = {
    ("turn_end", "stop_secs"): TurnEndSpec().stop_secs,
    ("turn_end", "pre_speech_ms"): TurnEndSpec().pre_speech_ms,
    ("turn_end", "max_duration_secs"): TurnEndSpec().max_duration_secs,
    ("barge_in", "decide_secs"): BargeInSpec().decide_secs,
    ("barge_in", "words_secs"): BargeInSpec().words_secs,
}
"""What a field that was left empty means."""
