"""Voice activity detection: windows in, state changes out (TURN-02, TURN-03, TURN-05).

An analyzer cuts the stream into windows, asks its detector how likely each one is a voice, and moves between four
states with two hold times. The detector is the only thing that differs between :mod:`.silero` and :mod:`.energy`.
The documents choose ``stop_secs`` 0.5 or 0.6 for a quick bot, and 0.2 beside a turn analyzer (TURN-05, TURN-08).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from bots.engine.checks import Checks
from bots.engine.errors import SpecError

from .levels import loudness
from .pcm import Buffer

_RELEASE = 0.3
_START_GRACE = 0.15


class VADState(Enum):
    """Where the caller's voice is: STARTING and STOPPING are the hold times (TURN-03)."""

    QUIET = "quiet"
    STARTING = "starting"
    SPEAKING = "speaking"
    STOPPING = "stopping"


class VADSampleRateError(SpecError, ValueError):
    """The analyzer cannot work at this sample rate."""

    code = "vad.sample_rate"
    next_step = "Set the input sample rate to 8000 or 16000 Hz."


class VADParamsError(SpecError, ValueError):
    """A threshold or hold time is outside of what it can mean."""

    code = "vad.params"


def _check(name: str, value: object, most: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not 0.0 <= value <= most:  # type: ignore[operator]
        wanted = f"between 0 and {most:g}" if math.isfinite(most) else "a number of seconds, not below 0"
        raise VADParamsError(f"VAD {name} must be {wanted}, not {value!r}.")


@dataclass(frozen=True, slots=True)
class VADParams:
    """When a sound counts as speech (TURN-02).

    ``confidence`` 0..1 the detector must reach; ``start_secs`` of speech to enter SPEAKING and ``stop_secs`` of silence
    to leave it, seconds; ``min_volume`` 0..1 on the scale of :func:`bots.engine.audio.levels.loudness_of`.
    """

    confidence: float = 0.7
    start_secs: float = 0.2
    stop_secs: float = 0.8
    min_volume: float = 0.6

    def __post_init__(self) -> None:
        for name in ("confidence", "min_volume"):
            _check(name, getattr(self, name), 1.0)
        for name in ("start_secs", "stop_secs"):
            _check(name, getattr(self, name), math.inf)


@dataclass(frozen=True, slots=True)
class VADEvent:
    """One change of state; positions are samples since the stream began.

    ``at_sample`` is the end of the window that decided, ``onset_sample`` the start of the first voiced window of this
    speech, ``last_voiced_sample`` the end of its last voiced window (where the caller fell silent).
    """

    state: VADState
    at_sample: int
    confidence: float
    volume: float
    onset_sample: int
    last_voiced_sample: int


class SpeechTracker:
    """The four-state machine over windows; hold times are counted in whole windows, at least one.

    While speech is STARTING a window may fall 0.15 short of the confidence (the model dips between syllables), so a
    start that has begun well is not given up for one soft consonant.
    """

    def __init__(self, params: VADParams, rate: int, window: int) -> None:
        self.state = VADState.QUIET
        self.position = 0
        self.onset_sample = 0
        self.last_voiced_sample = 0
        self._window, self._rate = window, rate
        self._run = 0
        self.set_params(params)

    def set_params(self, params: VADParams) -> None:
        """Use other thresholds and hold times from the next window on."""
        self._params = params
        self._start = self._windows_in(params.start_secs)
        self._stop = self._windows_in(params.stop_secs)

    def _windows_in(self, seconds: float) -> int:
        return max(1, round(seconds * self._rate / self._window))

    def advance(self, confidence: float, volume: float) -> list[VADEvent]:
        """Take one window's verdict and return the changes it caused (two when a hold time is one window)."""
        began = self.position
        self.position += self._window
        needed = self._params.confidence - (_START_GRACE if self.state is VADState.STARTING else 0.0)
        voiced = confidence >= needed and volume >= self._params.min_volume
        if voiced:
            if self.state is VADState.QUIET:
                self.onset_sample = began
            self.last_voiced_sample = self.position
        changes: list[VADState] = []
        self._follow(voiced, changes)
        return [self._event(state, confidence, volume) for state in changes]

    def _follow(self, voiced: bool, changes: list[VADState]) -> None:
        if self.state is VADState.QUIET and voiced:
            self._enter(VADState.STARTING, changes)
        elif self.state is VADState.SPEAKING and not voiced:
            self._enter(VADState.STOPPING, changes)
        elif self.state is VADState.STARTING and not voiced:
            self._enter(VADState.QUIET, changes)
        elif self.state is VADState.STOPPING and voiced:
            self._enter(VADState.SPEAKING, changes)
        self._run += 1
        if self.state is VADState.STARTING and self._run >= self._start:
            self._enter(VADState.SPEAKING, changes)
        elif self.state is VADState.STOPPING and self._run >= self._stop:
            self._enter(VADState.QUIET, changes)

    def _enter(self, state: VADState, changes: list[VADState]) -> None:
        self.state = state
        self._run = 0
        changes.append(state)

    def _event(self, state: VADState, confidence: float, volume: float) -> VADEvent:
        return VADEvent(state, self.position, confidence, volume, self.onset_sample, self.last_voiced_sample)

    def finish(self) -> list[VADEvent]:
        """End speech or a beginning of it now, because no more audio will come (a muted microphone sends nothing)."""
        if self.state is VADState.QUIET:
            return []
        self.state, self._run = VADState.QUIET, 0
        return [self._event(VADState.QUIET, 0.0, 0.0)]


class VADAnalyzer(ABC):
    """Base of the analyzers: buffering, volume and the state machine; a detector adds :meth:`voice_confidence`.

    ``sample_rate`` in Hz, or None until :meth:`set_sample_rate` (the transport's rate, 8000 or 16000). Input is mono
    s16le in pieces of any length. Unknown rates raise ``vad.sample_rate``.
    """

    WINDOWS: ClassVar[dict[int, int]] = {8000: 256, 16000: 512}

    def __init__(self, *, sample_rate: int | None = None, params: VADParams | None = None) -> None:
        Checks(VADParamsError).kinds_or_none(VADParams, "VADParams", params=params)
        self._params = params or VADParams()
        self._rate = 0
        self._held = b""
        self._volume = 0.0
        if sample_rate is not None:
            self.set_sample_rate(sample_rate)

    @property
    def params(self) -> VADParams:
        """Return the thresholds in use."""
        return self._params

    @property
    def sample_rate(self) -> int:
        """Return the rate in Hz, 0 while it is not set."""
        return self._rate

    @property
    def state(self) -> VADState:
        """Return the state after the last complete window."""
        return self._tracker.state if self._rate else VADState.QUIET

    @property
    def onset_sample(self) -> int:
        """Return where the current (or latest) speech began."""
        return self._tracker.onset_sample

    @property
    def last_voiced_sample(self) -> int:
        """Return the end of the last voiced window."""
        return self._tracker.last_voiced_sample

    def num_frames_required(self) -> int:
        """Return the window's length in samples (TURN-01)."""
        return self.WINDOWS[self._rate]

    def set_sample_rate(self, sample_rate: int) -> None:
        """Set the rate of the input and begin a new stream; the same rate again changes nothing."""
        if self._rate and sample_rate == self._rate:
            return
        if isinstance(sample_rate, float) or sample_rate not in self.WINDOWS:
            raise VADSampleRateError(f"sample_rate must be 8000 or 16000 Hz for voice detection, not {sample_rate!r}.")
        self._rate = sample_rate
        self._window_bytes = self.WINDOWS[sample_rate] * 2
        self.reset()

    def set_params(self, params: VADParams) -> None:
        """Use other thresholds from the next window on; what is being said goes on."""
        self._params = params
        if self._rate:
            self._tracker.set_params(params)

    def reset(self) -> None:
        """Begin a new stream: position 0, QUIET, nothing held."""
        self._held = b""
        self._volume = 0.0
        self._tracker = SpeechTracker(self._params, self._rate, self.WINDOWS[self._rate])

    @abstractmethod
    def voice_confidence(self, window: bytes) -> float:
        """Return how likely ``window`` (exactly one window of s16le) holds a voice, 0..1."""

    def analyze(self, pcm: Buffer) -> list[VADEvent]:
        """Take audio and return the state changes in it, computed here and now."""
        events: list[VADEvent] = []
        for window in self._windows(pcm):
            events += self._judge(window, self.voice_confidence(window))
        return events

    async def feed(self, pcm: Buffer) -> list[VADEvent]:
        """Take audio and return the state changes in it; a detector may compute elsewhere meanwhile."""
        return self.analyze(pcm)

    def finish(self) -> list[VADEvent]:
        """End what is being said now (the stream stopped); audio may go on later."""
        self._held = b""
        return self._tracker.finish() if self._rate else []

    def _windows(self, pcm: Buffer) -> list[bytes]:
        """Return the windows ``pcm`` completes and keep the rest."""
        if not self._rate:
            raise VADSampleRateError("Voice detection was not told the sample rate.")
        size = self._window_bytes
        self._held += bytes(pcm)
        whole = len(self._held) // size * size
        if not whole:
            return []
        ready, self._held = self._held[:whole], self._held[whole:]
        return [ready[start : start + size] for start in range(0, whole, size)]

    def _judge(self, window: bytes, confidence: float) -> list[VADEvent]:
        """Combine the detector's verdict with the volume, which rises at once and falls slowly."""
        now = loudness(window)
        self._volume = now if now >= self._volume else self._volume + _RELEASE * (now - self._volume)
        return self._tracker.advance(confidence, self._volume)
