"""Recordings play from any point, for those who may listen, and say why when they cannot."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from bots.actions.run_job import run_job
from bots.models import Call, Job, Recording
from bots.models.voice_settings import call_dir
from tests.bots.factories import make_bot, make_finished_call, make_user

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 6.0


async def a_call(encoded: bool = False) -> tuple[Any, Call]:
    """A finished call and its caller."""

    def make() -> tuple[Any, Call]:
        user = make_user("ann")
        call = make_finished_call(make_bot(), user, seconds=SECONDS)
        if encoded:
            run_job(Job.objects.get().pk)
        return user, call

    return await sync_to_async(make)()


async def signed_in(user: Any) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user)
    return client


async def body(response: Any) -> bytes:
    if response.streaming:
        return b"".join([part async for part in response])
    return response.content


def whole_wav(call: Call) -> bytes:
    """What the file must be, made the plain way: header, then both tracks interleaved."""
    tracks = [np.fromfile(call_dir(call.pk) / f"{name}.s16", dtype="<i2") for name in ("caller", "bot")]
    return np.stack(tracks, axis=1).tobytes()


async def test_the_wav_is_both_tracks_as_long_as_the_call() -> None:
    user, call = await a_call()
    client = await signed_in(user)
    response = await client.get(f"/calls/{call.pk}/audio.wav")
    content = await body(response)
    assert (response.status_code, response["Content-Type"]) == (200, "audio/wav")
    assert content[:4] + content[8:12] == b"RIFFWAVE"
    assert content[44:] == whole_wav(call)
    assert int(response["Content-Length"]) == len(content) == 44 + round(SECONDS * 16000) * 4
    assert response["Accept-Ranges"] == "bytes"
    assert "no-store" in response["Cache-Control"]


async def test_random_ranges_are_exactly_those_bytes() -> None:
    user, call = await a_call()
    client = await signed_in(user)
    url = f"/calls/{call.pk}/audio.wav"
    everything = await body(await client.get(url))
    size, chance = len(everything), random.Random(7)
    for _ in range(60):
        start = chance.choice([0, 1, 43, 44, 45, chance.randrange(size)])
        stop = min(size, start + chance.choice([1, 2, 3, 4, 5, 1000, 300_000]))
        response = await client.get(url, headers={"range": f"bytes={start}-{stop - 1}"})
        assert response.status_code == 206
        assert response["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
        content = await body(response)
        assert content == everything[start:stop]
        assert int(response["Content-Length"]) == len(content)


@pytest.mark.parametrize("header", ["bytes=9999999999-", "bytes=-0"])
async def test_a_range_behind_the_end_is_416_with_the_size(header: str) -> None:
    user, call = await a_call()
    response = await (await signed_in(user)).get(f"/calls/{call.pk}/audio.wav", headers={"range": header})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{44 + round(SECONDS * 16000) * 4}"


async def test_hostile_range_headers_never_break_the_answer() -> None:
    user, call = await a_call()
    client = await signed_in(user)
    chance = random.Random(3)
    alphabet = "bytes=0123456789-, \tx*%"
    for _ in range(150):
        header = "".join(chance.choice(alphabet) for _ in range(chance.randrange(24)))
        for value in (header, f"bytes={header}"):
            response = await client.get(f"/calls/{call.pk}/audio.wav", headers={"range": value})
            assert response.status_code in (200, 206, 416)


async def test_head_and_conditional_requests_carry_no_body() -> None:
    user, call = await a_call()
    client = await signed_in(user)
    url = f"/calls/{call.pk}/audio.wav"
    head = await client.head(url)
    assert (head.status_code, await body(head)) == (200, b"")
    assert int(head["Content-Length"]) > 44
    part = await client.head(url, headers={"range": "bytes=0-9"})
    assert (part.status_code, part["Content-Length"]) == (206, "10")
    same = await client.get(url, headers={"if-none-match": f'"other", {head["ETag"]}'})
    assert (same.status_code, await body(same)) == (304, b"")
    stale = await client.get(url, headers={"range": "bytes=0-9", "if-range": '"older"'})
    assert stale.status_code == 200
    fresh = await client.get(url, headers={"range": "bytes=0-9", "if-range": head["ETag"]})
    assert fresh.status_code == 206


async def test_ogg_and_peaks_come_after_the_job_and_are_seekable() -> None:
    user, call = await a_call()
    client = await signed_in(user)
    early = await client.get(f"/calls/{call.pk}/audio.ogg")
    assert early.status_code == 404
    await sync_to_async(run_job)(await sync_to_async(lambda: Job.objects.get().pk)())
    whole = await body(await client.get(f"/calls/{call.pk}/audio.ogg?download"))
    assert whole[:4] == b"OggS"
    part = await client.get(f"/calls/{call.pk}/audio.ogg", headers={"range": "bytes=-100"})
    assert (part.status_code, await body(part)) == (206, whole[-100:])
    peaks = (await client.get(f"/calls/{call.pk}/peaks.json")).json()
    assert peaks["duration_s"] == SECONDS


async def test_missing_audio_says_why_and_never_breaks() -> None:
    user, call = await a_call()
    client = await signed_in(user)
    (call_dir(call.pk) / "bot.s16").unlink()
    gone = await client.get(f"/calls/{call.pk}/audio.wav")
    assert gone.status_code == 404
    await sync_to_async(Recording.objects.update)(status="missing", reason="recording.disabled")
    for name in ("audio.wav", "audio.ogg", "peaks.json"):
        answer = await client.get(f"/calls/{call.pk}/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "recording.disabled")
    assert "switched off" in answer.json()["info"]


async def test_a_stored_path_outside_of_the_calls_folder_is_not_followed() -> None:
    user, call = await a_call(encoded=True)
    client = await signed_in(user)
    for path in ("../../../etc/passwd", "/etc/passwd", f"{call.pk}/../../secret"):
        await sync_to_async(Recording.objects.update)(ogg_path=path)
        assert (await client.get(f"/calls/{call.pk}/audio.ogg")).status_code == 404
