"""Form fields for what happens when a model is slow or fails."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from bots.admin.form_fields import DraftField, JSONText, WordLines, area, flag, number
from bots.engine.spec import ResilienceSpec

RESILIENCE = (
    DraftField(
        ("resilience", "fallbacks"),
        lambda: JSONText(
            label=_("Fallback models"),
            rows=6,
            help_text=_(
                "A list, asked in this order when the model above does not answer; each with provider and settings, as "
                'in [{"provider": "openai", "settings": {"model": "gpt-4.1-mini", "credential": "backup"}}].'
            ),
        ),
    ),
    DraftField(
        ("resilience", "stt_fallbacks"),
        lambda: JSONText(
            label=_("Stand-in recognisers"),
            rows=3,
            help_text=_("The same for recognition: what the first did not understand in time is heard by the next."),
        ),
    ),
    DraftField(
        ("resilience", "tts_fallbacks"),
        lambda: JSONText(
            label=_("Stand-in voices"),
            rows=3,
            help_text=_(
                "The same for the voice: a sentence that the first cannot speak is spoken by the next, as in "
                '[{"provider": "espeak", "settings": {}}].'
            ),
        ),
    ),
    DraftField(
        ("resilience", "fillers"),
        lambda: WordLines(
            label=_("Said while the model thinks"),
            help_text=_("One a line, never the same twice in a row. Empty: the usual words of the bot's language."),
        ),
    ),
    DraftField(
        ("resilience", "soft_s"),
        number(_("Say so after"), _("Seconds without a first word (usually 1.2; 0: never)."), 0, 30, required=False),
    ),
    DraftField(
        ("resilience", "hard_s"),
        number(_("Ask another model after"), _("Seconds without a first word (usually 4)."), 0.5, 60, required=False),
    ),
    DraftField(
        ("resilience", "between_s"),
        number(
            _("An answer is broken off after"),
            _("Seconds without the next word; another model goes on (usually 3)."),
            0.5,
            60,
            required=False,
        ),
    ),
    DraftField(
        ("resilience", "hedge"),
        flag(
            _("Ask beside the slow model"),
            _("Whichever speaks first answers. Off: the slow one is given up, which costs less and takes longer."),
        ),
    ),
    DraftField(
        ("resilience", "end_after"),
        number(
            _("End the call after"),
            _("Answers in a row for which every model failed (usually 3; 0: never)."),
            0,
            20,
            whole=True,
            required=False,
        ),
    ),
    DraftField(
        ("resilience", "goodbye"),
        area(_("Goodbye then"), _("What the caller hears before that end. Empty: the usual words."), 2),
    ),
    DraftField(
        ("resilience", "cache"),
        flag(_("Keep answers"), _("The same conversation gets the same answer again without the model.")),
    ),
    DraftField(
        ("resilience", "cache_ttl_s"),
        number(_("Answers are kept for"), _("Seconds (usually 300)."), 1, 86400, required=False),
    ),
    DraftField(
        ("resilience", "prefetch"),
        flag(
            _("Ask while the caller still speaks"),
            _("Quicker answers; questions that turn out different are asked again, which costs more."),
        ),
    ),
    DraftField(
        ("resilience", "context_tokens"),
        number(
            _("Longest request"),
            _("Tokens, estimated; older turns are left out of it (usually 4000; 0: no limit)."),
            0,
            200000,
            whole=True,
            required=False,
        ),
    ),
    DraftField(
        ("resilience", "summarise"),
        flag(_("Summarise what is left out"), _("The model is told older turns in short, at one request a time.")),
    ),
)
RESILIENCE_EMPTY: dict[tuple[str, ...], Any] = {
    ("resilience", "fallbacks"): [],
    ("resilience", "stt_fallbacks"): [],
    ("resilience", "tts_fallbacks"): [],
    **{
        ("resilience", name): getattr(ResilienceSpec(), name)
        for name in ("hard_s", "between_s", "end_after", "cache_ttl_s", "context_tokens")
    },
    ("resilience", "soft_s"): ResilienceSpec().soft_s,
}
