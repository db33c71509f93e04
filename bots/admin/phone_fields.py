"""Form fields for the telephone: calls that the bot places, and its menu of keys."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bots.admin.form_fields import DraftField, JSONText, area, flag, number
from bots.engine.blocks.answering.plan import MAX_KEYS
from bots.engine.spec import KeypadSpec, LimitSpec

KEY_MENU = (
    DraftField(
        ("keypad", "menu"),
        lambda: JSONText(
            label=_("Menu of keys"),
            rows=5,
            help_text=_(
                'What each key means, as {"1": {"phrase": "I want to book a table"}, "2": {"answer": "We are open from '
                'nine to five."}, "0": {"function": "ask_for_a_person"}}: words that count as spoken, an answer '
                "without the model, or a function of the flow."
            ),
        ),
    ),
    DraftField(
        ("keypad", "menu_prompt"),
        area(_("Menu, said again"), _("Said when the caller neither presses a key nor speaks. Empty: nothing."), 2),
    ),
    DraftField(
        ("keypad", "menu_repeat_secs"),
        number(_("Said again after"), _("Seconds of silence (usually 6)."), 1, 60, required=False),
    ),
    DraftField(
        ("keypad", "menu_repeats"),
        number(_("Said again at most"), _("Times (usually 2; 0: never)."), 0, 10, whole=True, required=False),
    ),
    DraftField(
        ("keypad", "menu_unknown"),
        area(_("For a key that means nothing"), _("Empty: the usual words of the bot's language."), 2),
    ),
    DraftField(
        ("keypad", "menu_once"),
        flag(_("One choice only"), _("After it keys are numbers again, as for entering a date or a code.")),
    ),
)
PLACING = (
    DraftField(
        ("phone", "detect"),
        flag(
            _("Listen who takes the call"),
            _("People are told from answering machines, call screeners and menus; the bot waits for the first words."),
        ),
    ),
    DraftField(
        ("phone", "on_machine"),
        lambda: forms.ChoiceField(
            label=_("An answering machine"),
            choices=[("hang_up", _("is hung up on")), ("leave_message", _("gets a message"))],
            help_text=_("A message is spoken after the beep, or after 1.5 seconds of silence; then the call ends."),
            required=False,
        ),
    ),
    DraftField(
        ("phone", "machine_message"),
        area(
            _("Message"), _("Left on answering machines; say who called and why. {{custom.name}} and the like work."), 3
        ),
    ),
    DraftField(
        ("phone", "screener_text"),
        area(
            _("To a call screener"),
            _("Said when a screener asks who calls and why. Empty: the bot's name and a request to be put through."),
            2,
        ),
    ),
    DraftField(
        ("phone", "menu_keys"),
        lambda: forms.CharField(
            label=_("In a telephone menu"),
            max_length=MAX_KEYS,
            required=False,
            help_text=_("Keys that the bot presses, such as 0. Empty: it hangs up."),
        ),
    ),
)
TURN_LIMITS = (
    DraftField(
        ("limits", "max_turns"),
        number(
            _("Most turns"),
            _("Turns of the caller after which the bot says goodbye (usually 200; 0: no limit)."),
            0,
            10000,
            whole=True,
            required=False,
        ),
    ),
    DraftField(
        ("limits", "loop_guard"),
        flag(_("End loops"), _("Two machines that repeat themselves say goodbye instead of talking for ever.")),
    ),
    DraftField(
        ("limits", "goodbye"),
        area(_("Goodbye then"), _("Said before these ends. Empty: the usual words of the bot's language."), 2),
    ),
)
PHONE_EMPTY: dict[tuple[str, ...], Any] = {
    ("keypad", "menu"): {},
    ("keypad", "menu_repeat_secs"): KeypadSpec().menu_repeat_secs,
    ("keypad", "menu_repeats"): KeypadSpec().menu_repeats,
    ("phone", "on_machine"): "hang_up",
    ("limits", "max_turns"): LimitSpec().max_turns,
}
"""What a field that was left empty means."""
