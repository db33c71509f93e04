"""Makes an installation's telephones: simulated accounts and numbers, and a bot that answers them.

Run as ``python -m tests.e2e.phones`` with ``VOICE_DATA_DIR`` set; prints the accounts as JSON, by carrier.
"""

from __future__ import annotations

import io
import json
from typing import Any

import django

GREETING = "Hello, this is the telephone desk."
WEATHER = "You would like to hear about the weather. It will be a warm and sunny day."
STORY = (
    "Here is a long one, so feel free to stop me. Once there was a small robin who lived on the roof of a telephone "
    "office. All day long she heard people talking, and she loved the sound of it."
)
KEYS = "You have pressed one and two."
CONNECTING = "One moment, I will connect you."
SORRY = "Nobody could be reached there. How can I help you?"
BRIEF = "Somebody from the telephone desk. {{summary}} Press 1 to take the call."
SUMMARY = "They asked about the weather."
GOODBYE = "Thank you for calling. Goodbye."
EXPECTED = (GREETING, WEATHER, STORY, KEYS, CONNECTING, SORRY, GOODBYE)
ASKS = {
    "weather": "i would like to hear the weather",
    "story": "please tell me a long story about a robin",
    "desk": "please connect me with the sales department",
    "over": "thank you that is all for today",
}
SCRIPT: dict[str, Any] = {
    "version": 1,
    "phrases": {"greeting": [GREETING], "unsure": ["I heard: {heard}."]},
    "intents": [
        {"name": "weather", "patterns": ["\\bweather\\b"], "examples": [ASKS["weather"]], "replies": [WEATHER]},
        {"name": "story", "patterns": ["\\bstory\\b"], "examples": [ASKS["story"]], "replies": [STORY]},
        {"name": "keys", "patterns": ["12"], "examples": ["one two"], "replies": [KEYS]},
        {
            "name": "desk",
            "patterns": ["\\bconnect\\b"],
            "examples": [ASKS["desk"]],
            "replies": [CONNECTING],
            "tool": {"name": "hand_on", "arguments": {"to": "sales", "summary": SUMMARY}, "failed": ["That failed."]},
        },
        {"name": "over", "patterns": ["\\btoday\\b"], "examples": [ASKS["over"]], "replies": [GOODBYE], "end": True},
    ],
}
TARGET = "+493023125777"


def make() -> dict[str, dict[str, Any]]:
    """Fill the database and return what a simulated carrier knows of each account."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from bots.actions.publish_bot import publish_bot
    from bots.models import Bot
    from telephony.models import DialPolicy, PhoneNumber
    from tests.e2e.prepare import draft

    settings = {"targets": {"sales": TARGET}, "brief": BRIEF, "sorry": SORRY}
    tools = [
        {"name": "hand_on", "kind": "call.transfer", "description": "Connects the caller.", "settings": settings},
        {"name": "end_call", "kind": "call.end", "description": "Ends the call."},
    ]
    llm = {"provider": "scripted", "settings": {"tokens_per_s": 200, "script": SCRIPT}}
    bot = Bot.objects.create(slug="telephone", name="Telephone", draft=draft(greeting=GREETING, llm=llm, tools=tools))
    publish_bot(bot=bot, by=User.objects.get(username="admin"))
    call_command("telephone_demo", bot="telephone", stdout=io.StringIO())
    PhoneNumber.objects.update(may_dial_out=True)
    DialPolicy.objects.create(
        pk=1, is_enabled=True, countries=["DE"], minute_prices={"DE": 0.02}, spend_per_day=50, max_calls=20,
        calls_per_destination=100, begins="00:00", ends="23:59:59",
    )  # fmt: skip
    return {
        number.account.carrier: {
            "slug": number.account.slug, "account_id": number.account.account_id, "number": number.e164,
            "secrets": number.account.secrets(), "hook_key": number.account.hook_key,
        }
        for number in PhoneNumber.objects.select_related("account")
    }  # fmt: skip


if __name__ == "__main__":
    django.setup()
    print(json.dumps(make()))
