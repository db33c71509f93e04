"""What is done to every recorded call after its end: check the tracks, draw the peaks, encode."""

from bots.jobs.ogg import encode_ogg
from bots.jobs.peaks import peaks_of
from bots.jobs.tracks import settle_tracks
from bots.models import Call, Recording
from bots.models.voice_settings import call_dir

OGG_NAME = "audio.ogg"


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
    recording.ogg_bytes = encode_ogg(tracks, folder / OGG_NAME)
    recording.ogg_path = f"{call.pk}/{OGG_NAME}"
    recording.status, recording.reason = Recording.Status.ENCODED, ""
    recording.save(update_fields=["ogg_bytes", "ogg_path", "status", "reason"])
