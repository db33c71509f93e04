"""Makes an installation that tests copy: tables, demo bots, bots for special cases, people and a key.

Run as ``python -m tests.e2e.prepare`` with ``VOICE_DATA_DIR`` set; prints the API keys as JSON, by bot.
"""

from __future__ import annotations

import io
import json
import os
from typing import Any

import django

PASSWORD = "correct horse battery"
LONG_STORY = (
    "Here is a long one, so feel free to stop me. Once there was a small robin who lived on the roof of a telephone "
    "office. All day long she heard people talking, and she loved the sound of it. One evening the lines went quiet, "
    "and the robin wondered where all the voices had gone. So she began to sing into the wire."
)
SCRIPT: dict[str, Any] = {
    "version": 1,
    "phrases": {"greeting": ["Hello, this is the test desk."], "unsure": ["I heard: {heard}."]},
    "intents": [
        {"name": "story", "patterns": ["\\bstory\\b"], "examples": ["tell me a story"], "replies": [LONG_STORY]},
        {
            "name": "weather",
            "patterns": ["\\bweather\\b"],
            "examples": ["i would like to hear the weather"],
            "replies": ["You would like to hear about the weather. It will be a warm and sunny day."],
        },
    ],
}


def draft(**more: Any) -> dict[str, Any]:
    """A bot that speaks with flite, which a recogniser understands, and greets in two seconds."""
    from bots.models import default_draft

    return {
        **default_draft(),
        "greeting": "Hello, this is the test desk.",
        "llm": {"provider": "scripted", "settings": {"tokens_per_s": 200, "script": SCRIPT}},
        "tts": {"provider": "flite", "settings": {}},
        "vad": {"confidence": 0.7, "start_secs": 0.2, "stop_secs": 0.4, "min_volume": 0.6},
        # These callers are often silent for long, and nobody shall ask them whether they are there.
        "turns": {"allow_interruptions": True, "min_words": 0, "user_idle_secs": 0},
        **more,
    }


def make() -> dict[str, str]:
    """Fill the database and return the API keys, by bot."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from bots.actions.api_keys import make_api_key
    from bots.actions.publish_bot import publish_bot
    from bots.assembly import snapshot_of
    from bots.models import Bot, BotVersion

    call_command("migrate", verbosity=0)
    call_command("voice_demo", stdout=io.StringIO())
    admin = User.objects.get(username="admin")
    caller = User.objects.create_user("caller", password=PASSWORD)
    User.objects.create_user("stranger", password=PASSWORD)
    Bot.objects.create(slug="desk", name="Test desk", draft=draft())
    quick = {"max_duration_s": 1800, "idle_timeout_s": 10}
    Bot.objects.create(slug="impatient", name="Impatient", draft=draft(limits=quick))
    two_steps = {"two_step": True, "echo_test": True}
    Bot.objects.create(slug="patient", name="Patient", draft=draft(barge_in=two_steps, vocabulary=["okay"]))
    for bot in Bot.objects.filter(slug__in=("desk", "impatient", "patient")):
        publish_bot(bot=bot, by=admin)
    # Published when it still had its key: publishing would refuse it today.
    keyless = Bot.objects.create(
        slug="keyless", name="Keyless", draft=draft(llm={"provider": "openai", "settings": {}})
    )
    keyless.live_version = BotVersion.objects.create(
        bot=keyless, number=1, spec=snapshot_of(keyless), published_by=admin
    )
    keyless.save()
    return {bot.slug: make_api_key(bot=bot, user=caller, name="tests")[1] for bot in Bot.objects.all()}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceapp.settings.dev")
    django.setup()
    print(json.dumps(make()))
