"""What a bot's author decides about its sound, in a call (AUD-01, AUD-05)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bots.assembly.audio import audio_problems, noise_filter_choices
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from bots.models import Bot, BotVersion
from tests.bots.hosting.stage import Client, connected, new_call, over, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sounds(tmp_path: Path, voice: Any) -> Path:
    """The server's folder of sounds, with one second of a steady sound."""
    voice(SOUNDS_DIR=tmp_path)
    soundfile.write(tmp_path / "hum.wav", np.full(16000, 0.5, dtype=np.float32), 16000)
    return tmp_path


def with_audio(bot: Bot, **audio: Any) -> Bot:
    """The bot with a published version whose sound is set so."""
    version = BotVersion.objects.create(bot=bot, number=bot.next_number(), spec={**bot.draft, "slug": bot.slug,
                                        "name": bot.name, "audio": audio})  # fmt: skip
    bot.live_version = version
    bot.save()
    return bot


@pytest.fixture
def humming(bot: Bot, sounds: Path) -> Bot:
    return with_audio(bot, background="hum.wav", background_volume=0.5)


@pytest.fixture
def koala(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> Bot:
    monkeypatch.delenv("KOALA_ACCESS_KEY", raising=False)
    return with_audio(bot, noise_filter="koala")


async def test_callers_hear_the_background_sound_before_during_and_after_speech(
    board: Switchboard, humming: Bot, ann: Any
) -> None:
    client, host = await connected(board, humming, ann)
    await client.greeted()
    before = len(client.audio)
    await until(lambda: len(client.audio) > before + 10000)
    levels = np.frombuffer(bytes(client.audio[before + 2000 : before + 10000]), dtype="<i2")
    assert np.abs(levels - 8192).max() < 400
    client.send("disconnect-bot")
    assert (await over(host)).end_reason == "caller_hung_up"


async def test_a_filter_that_is_gone_fails_the_call_with_a_reason(board: Switchboard, koala: Bot, ann: Any) -> None:
    call, token = await in_database(new_call, koala, ann)
    client = Client(koala.slug, token)
    host = await until(lambda: board.hosts.get(call.pk))
    call = await over(host)
    assert (call.end_reason, call.error_code) == ("start_failed", "audio.filter_unavailable")
    assert "Koala" in client.of("error")[0]["message"]


def test_authors_choose_from_what_is_there(sounds: Path) -> None:
    assert list(audio_problems({"background": "hum.wav", "noise_filter": "noisereduce"})) == []
    assert [path for path, _ in audio_problems({"background": "rain.wav"})] == ["audio.background"]
    labels = dict(noise_filter_choices())
    assert labels["noisereduce"] == "noisereduce"
    assert "not installed" in labels["krisp"]
