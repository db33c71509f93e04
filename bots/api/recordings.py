"""Serves recordings to who may listen, seekable, without ever holding a whole one in memory."""

import asyncio
import logging
import re
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from asgiref.sync import sync_to_async
from django.contrib.auth import aget_user
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from bots.api.ranges import UnsatisfiableRange, requested_range
from bots.engine.audio.wav import StereoWav
from bots.jobs.tracks import BOT_TRACK, CALLER_TRACK, track_path
from bots.models import Call, Recording
from bots.models.voice_settings import call_dir, calls_dir
from bots.selectors.call_page import audio_state
from bots.selectors.calls import call_visible_to, may_listen

logger = logging.getLogger(__name__)

PIECE = 256 * 1024
_TAGS = re.compile(r'(?:W/)?("[^"]*")')

ReadBytes = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Media:
    """Something to serve: its type, size, tag, name, and a way to read a stretch of it."""

    content_type: str
    size: int
    tag: str
    name: str
    read: ReadBytes


async def _stretch(media: Media, start: int, stop: int) -> AsyncIterator[bytes]:
    for begin in range(start, stop, PIECE):
        yield await asyncio.to_thread(media.read, begin, min(stop, begin + PIECE))


def _headers(response: HttpResponseBase, media: Media, request: HttpRequest) -> None:
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = media.tag
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = (
        f'{"attachment" if "download" in request.GET else "inline"}; filename="{media.name}"'
    )


def serve(request: HttpRequest, media: Media) -> HttpResponseBase:
    """Answer a GET or HEAD for all of it or one range of it: 200, 206, 304 or 416."""
    if media.tag in _TAGS.findall(request.headers.get("If-None-Match", "")):
        unchanged = HttpResponse(status=304)
        _headers(unchanged, media, request)
        return unchanged
    wanted = None
    header = request.headers.get("Range", "")
    if header and request.headers.get("If-Range", media.tag) == media.tag:
        try:
            wanted = requested_range(header, media.size)
        except UnsatisfiableRange:
            refused = HttpResponse(status=416)
            refused["Content-Range"] = f"bytes */{media.size}"
            refused["Cache-Control"] = "no-store"
            return refused
    start, stop = (wanted.start, wanted.stop) if wanted else (0, media.size)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=media.content_type)
    else:
        response = StreamingHttpResponse(_stretch(media, start, stop), content_type=media.content_type)
    if wanted:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{media.size}"
    response["Content-Length"] = str(stop - start)
    _headers(response, media, request)
    return response


def _file_reader(path: Path) -> ReadBytes:
    def read(start: int, stop: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(stop - start)

    return read


async def _audible_call(request: HttpRequest, call_id: uuid.UUID) -> Call:
    """The call, if this person may listen to it; whoever may not learns nothing, not even that it exists."""
    user = await aget_user(request)
    call = await sync_to_async(call_visible_to)(user, call_id)
    if call is None or not await sync_to_async(may_listen)(user, call):
        raise Http404("No such recording.")
    if "peaks" not in request.path and request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        logger.info("a recording was opened", extra={"call": str(call.pk), "user": user.pk})
    return call


def _no_audio(call: Call) -> JsonResponse:
    recording: Recording | None = getattr(call, "recording", None)
    pending = recording is not None and recording.status == Recording.Status.PENDING
    code = "recording.pending" if pending else (recording.reason if recording else "") or "recording.missing"
    answer = JsonResponse({"code": code, "info": audio_state(call).sentence}, status=404)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
async def audio_wav(request: HttpRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """The call as stereo WAV (caller left, bot right), straight from the raw tracks."""
    call = await _audible_call(request, call_id)
    if not audio_state(call).playable:
        return _no_audio(call)
    recording, folder = call.recording, call_dir(call.pk)
    left, right = track_path(folder, CALLER_TRACK), track_path(folder, BOT_TRACK)
    if not (left.exists() and right.exists()):
        return _no_audio(call)
    wav = StereoWav(left, right, recording.rate, recording.samples)
    tag = f'"{call.pk.hex}-{recording.samples}"'
    return serve(request, Media("audio/wav", wav.size, tag, f"call-{call.pk}.wav", wav.read))


@require_safe
async def audio_ogg(request: HttpRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """The call as Ogg Opus, once it has been encoded."""
    call = await _audible_call(request, call_id)
    recording: Recording | None = getattr(call, "recording", None)
    path = (calls_dir() / recording.ogg_path).resolve() if recording and recording.ogg_path else None
    if recording is None or path is None or not path.is_relative_to(calls_dir().resolve()) or not path.is_file():
        return _no_audio(call)
    size = path.stat().st_size
    tag = f'"{call.pk.hex}-ogg-{size}"'
    return serve(request, Media("audio/ogg", size, tag, f"call-{call.pk}.ogg", _file_reader(path)))


@require_safe
async def peaks_json(request: HttpRequest, call_id: uuid.UUID) -> HttpResponseBase:
    """The picture of the audio: values from 0 to 100 per track."""
    call = await _audible_call(request, call_id)
    recording: Recording | None = getattr(call, "recording", None)
    if recording is None or not recording.peaks:
        return _no_audio(call)
    answer = JsonResponse(recording.peaks)
    answer["Cache-Control"] = "private, no-store"
    return answer
