"""Keys that the bot presses (DTMF-06)."""

from typing import Any

from bots.engine.audio.dtmf import tone
from bots.engine.frames import KeypadEntry, OutputAudioRawFrame, OutputDTMFFrame, OutputDTMFUrgentFrame
from bots.engine.transports.output import BaseOutputTransport
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import Run, in_a_run

RATE = 16000
SOUND = b"\1\0" * (RATE // 2)


class Line(BaseOutputTransport):
    """Notes when what was sent."""

    def __init__(self) -> None:
        super().__init__(TransportParams(audio_out_sample_rate=RATE))
        self.sent: list[tuple[float, Any]] = []

    def write_audio(self, pcm: bytes) -> None:
        self.sent.append((round(self.clock.now(), 1), pcm))

    async def write_dtmf(self, button: KeypadEntry) -> None:
        self.sent.append((round(self.clock.now(), 1), button))


class Telling(Line):
    sends_keys = True


def keys_of(line: Line) -> list[tuple[float, Any]]:
    return [(at, what) for at, what in line.sent if isinstance(what, KeypadEntry)]


def play_around(line: Line, key: Any) -> None:
    async def play(run: Run) -> None:
        await run.task.queue_frames([OutputAudioRawFrame(SOUND, RATE), key, OutputAudioRawFrame(SOUND, RATE)])
        await run.clock.sleep(3)

    in_a_run(lambda: Run(line), play)


def test_a_key_is_told_when_what_was_before_it_was_heard() -> None:  # DTMF-06
    line = Telling()
    play_around(line, OutputDTMFFrame(KeypadEntry.FIVE))
    assert keys_of(line) == [(0.5, KeypadEntry.FIVE)]
    assert b"".join(what for _, what in line.sent if isinstance(what, bytes)) == SOUND + SOUND


def test_an_urgent_key_does_not_wait() -> None:  # DTMF-06
    line = Telling()
    play_around(line, OutputDTMFUrgentFrame(KeypadEntry.STAR))
    assert keys_of(line) == [(0.0, KeypadEntry.STAR)]


def test_without_a_message_for_keys_they_are_tones_in_their_place() -> None:  # DTMF-06
    line = Line()
    play_around(line, OutputDTMFFrame(KeypadEntry.POUND))
    assert keys_of(line) == []
    assert b"".join(what for _, what in line.sent) == SOUND + tone("#", RATE) + SOUND


def test_an_urgent_tone_is_a_tone_too() -> None:  # DTMF-06
    line = Line()
    play_around(line, OutputDTMFUrgentFrame(KeypadEntry.ONE))
    assert tone("1", RATE) in b"".join(what for _, what in line.sent)
