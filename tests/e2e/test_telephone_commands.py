"""What the guide lets people type: simulate a call to the house, and let the house call an emulated carrier."""

from __future__ import annotations

import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e import phones
from tests.e2e.house import PROJECT, Template
from tests.e2e.telephone_house import TelephoneHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def telephones(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TelephoneHouse]:
    """A house that is reached by telephone."""
    found = await TelephoneHouse.start(template, tmp_path_factory.mktemp("commands") / "data")
    yield found
    assert await found.house.stop() == 0, found.house.log


async def test_a_simulated_call_prints_what_happened_and_the_houses_transcript(
    telephones: TelephoneHouse, tmp_path: Path
) -> None:
    """Issue part 7: webhook, stream and marks as the carrier's; the conversation is printed, the sound is saved."""
    script = tmp_path / "script.txt"
    script.write_text(f"say {phones.ASKS['weather']}\nkeys 12#\nwait 4\nhang up\n")
    done = await telephones.manage(
        "simulate_call", "--carrier", "twilio", "--script", str(script), "--save", str(tmp_path / "call")
    )
    said = done.stdout
    assert done.returncode == 0, (said, done.stderr, telephones.house.log[-2000:])
    for line in ("stream opened", "hung up by the caller", f"bot: {phones.GREETING}", f"bot: {phones.WEATHER}"):
        assert line in said, said
    assert phones.KEYS in said
    (leg,) = telephones.house.rows("select * from telephony_callleg")
    row = await telephones.house.final(leg["call_id"])
    assert row["end_reason"] == "caller_hung_up"
    assert f"/calls/{str(row['id'])[:8]}" in said
    facts = json.loads((tmp_path / "call" / "call.json").read_text())
    assert facts["outcome"] == "completed"
    assert facts["heard"]
    for name in ("caller.wav", "heard.wav"):
        with wave.open(str(tmp_path / "call" / name)) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
            assert sound.getnframes() / 8000 == pytest.approx(row["duration_s"], abs=5)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--carrier", "twilio", "--number", "+4930999"), "There is no number of twilio here."),
        (("--carrier", "twilio", "--wav", "/nowhere.wav"), "No such file"),
        (("--carrier", "twilio", "--script", "/nowhere.txt"), "No such file"),
        (("--carrier", "twilio", "--server", "nowhere"), "Say which server is called"),
        (("--carrier", "nobody"), "invalid choice: 'nobody'"),
    ],
)
async def test_a_call_that_cannot_be_simulated_is_refused_in_a_sentence(
    telephones: TelephoneHouse, options: tuple[str, ...], why: str
) -> None:
    done = await telephones.manage("simulate_call", *options)
    assert done.returncode != 0
    assert why in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_emulated_carrier_takes_a_call_that_the_house_places(telephones: TelephoneHouse) -> None:
    """Issue part 7: the emulators place the outbound legs; ended by a signal, the command ends well."""
    emulator = await asyncio.create_subprocess_exec(
        sys.executable, "manage.py", "carrier_emulator", "--rings", "0.3", "--say", phones.ASKS["over"], cwd=PROJECT,
        env={**telephones.environment, "PYTHONUNBUFFERED": "1"}, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert emulator.stdout is not None
    try:
        first = await asyncio.wait_for(emulator.stdout.readline(), 60)
        assert first.decode().startswith("Carriers are emulated at http://127.0.0.1:"), first
        number = telephones.accounts["twilio"]["number"]
        placed = await telephones.manage("call_number", "--from", number, "--to", phones.TARGET, "--wait")
        assert placed.returncode == 0, (placed.stdout, placed.stderr, telephones.house.log[-2000:])
        assert "cost 0.02" in placed.stdout.splitlines()[-1], placed.stdout
    finally:
        emulator.terminate()
        said = (await emulator.stdout.read()).decode()
        assert await emulator.wait() == 0, said
    assert "stream opened" in said
    assert phones.ASKS["over"] in said
