"""What is done to every recorded call after its end: check the tracks, draw the peaks, encode."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bots.engine.audio.opus import write_ogg_opus
from bots.engine.audio.peaks import track_peaks
from bots.engine.audio.wav import HEADER_BYTES, StereoWav
from bots.jobs.tracks import SAMPLE_BYTES, Tracks, settle_tracks
from bots.models import Call, Recording
from bots.models.voice_settings import call_dir

OGG_NAME = "audio.ogg"
MAX_POINTS = 1800
POINTS_PER_SECOND = 20


def _lane(path: Path, points: int, samples: int) -> list[int]:
    return [round(100 * max(-low, high)) for low, high in track_peaks(path, points, samples)]


def peaks_of(tracks: Tracks) -> dict[str, Any]:
    """Loudest sample of each stretch, 0 to 100, per track: half an hour stays under 20 kB of JSON."""
    points = max(1, min(MAX_POINTS, round(tracks.duration_s * POINTS_PER_SECOND)))
    return {
        "duration_s": tracks.duration_s,
        "caller": _lane(tracks.caller, points, tracks.samples),
        "bot": _lane(tracks.bot, points, tracks.samples),
    }


def _stereo(tracks: Tracks) -> Iterator[bytes]:
    """Interleaved samples, one second at a time."""
    wav = StereoWav(tracks.caller, tracks.bot, tracks.rate, tracks.samples)
    step = tracks.rate * 2 * SAMPLE_BYTES
    for start in range(HEADER_BYTES, wav.size, step):
        yield wav.read(start, min(wav.size, start + step))


def encode(tracks: Tracks, target: Path) -> int:
    """Write the Ogg Opus file and answer its size in bytes; it appears whole or not at all."""
    unfinished = target.with_name(target.name + ".part")
    write_ogg_opus(unfinished, _stereo(tracks), tracks.rate)
    unfinished.replace(target)
    return target.stat().st_size


def post_process(call: Call) -> None:
    """Stitch and encode one finished call; doing it again gives the same row and the same file.

    A call without tracks on disk gets a recording that says so. Raises OSError and FFmpegError for a retry.
    """
    recording = Recording.objects.get(call=call)
    if recording.status in (Recording.Status.MISSING, Recording.Status.PENDING):
        return
    folder = call_dir(call.pk)
    tracks = settle_tracks(folder, rate=recording.rate, duration_s=call.duration_s or 0.0)
    if tracks is None or tracks.samples == 0:
        recording.status, recording.reason = Recording.Status.MISSING, "recording.lost"
        recording.save(update_fields=["status", "reason"])
        return
    recording.samples, recording.duration_s = tracks.samples, tracks.duration_s
    recording.peaks = peaks_of(tracks)
    recording.save(update_fields=["samples", "duration_s", "peaks"])
    recording.ogg_bytes = encode(tracks, folder / OGG_NAME)
    recording.ogg_path = f"{call.pk}/{OGG_NAME}"
    recording.status, recording.reason = Recording.Status.ENCODED, ""
    recording.save(update_fields=["ogg_bytes", "ogg_path", "status", "reason"])
