"""Whether the caller is done, decided by a model that hears how the last words sound (TURN-07…10).

The transport feeds audio with voice activity's verdict on it. When the voice pauses it asks
:meth:`BaseTurnAnalyzer.analyze_end_of_turn`; when silence lasts longer than ``stop_secs`` the turn is over anyway.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bots.engine.checks import Checks
from bots.engine.errors import EngineError, SpecError

from .pcm import samples_of
from .resampler import resample_once

MODEL_RATE = 16000
"""Hz at which the models listen."""

LEAST_RATE, MOST_RATE = 8000, 48000

Floats = npt.NDArray[np.float32]


class SmartTurnError(SpecError, ValueError):
    """A turn analyzer was given a number or a rate that it cannot mean."""

    code = "turn_analyzer.params"


@dataclass(frozen=True, slots=True)
class SmartTurnParams:
    """How a turn analyzer listens (TURN-09).

    ``stop_secs`` seconds of silence end the turn whatever the model says; ``pre_speech_ms`` milliseconds before the
    voice are heard too; of a turn longer than ``max_duration_secs`` seconds only the end is.
    """

    stop_secs: float = 3.0
    pre_speech_ms: float = 0.0
    max_duration_secs: float = 8.0

    def __post_init__(self) -> None:
        for name, least in (("stop_secs", 0.0), ("pre_speech_ms", -1.0), ("max_duration_secs", 0.0)):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            if not number or value <= least:
                wanted = "0 or more" if least < 0 else "above 0"
                raise SmartTurnError(f"{name} must be a number, {wanted}, not {value!r}.")


@dataclass(frozen=True, slots=True)
class TurnVerdict:
    """What a model says of the end of a turn; ``probability`` 0..1 that it is one."""

    complete: bool
    probability: float = 0.0
    reason: str = "model"


class BaseTurnAnalyzer(ABC):
    """Hears the caller's turn and says whether it is complete.

    ``sample_rate`` in Hz, None: the transport's (TURN-11…13). :attr:`failure` is the last failure of the
    model or its server.
    """

    def __init__(self, *, sample_rate: int | None = None, params: SmartTurnParams | None = None) -> None:
        Checks(SmartTurnError).kinds_or_none(SmartTurnParams, "SmartTurnParams", params=params)
        self._params = params or SmartTurnParams()
        self._fixed_rate = sample_rate
        self._rate = 0
        self._vad_start_secs = 0.0
        self.failure: EngineError | None = None
        if sample_rate is not None:
            self.set_sample_rate(sample_rate)

    @property
    def params(self) -> SmartTurnParams:
        """The parameters in use."""
        return self._params

    @property
    def sample_rate(self) -> int:
        """The rate of the audio in Hz, 0 while it is not known."""
        return self._rate

    async def start(self) -> None:  # noqa: B027 (a hook)
        """Load what is needed, off the event loop; awaited before the call begins, so that no caller waits for it."""

    def set_sample_rate(self, sample_rate: int) -> None:
        """Set the rate of what :meth:`append_audio` takes; a rate given to the constructor must be the same."""
        if self._fixed_rate is not None and sample_rate != self._fixed_rate:
            raise SmartTurnError(f"sample_rate is {self._fixed_rate} Hz, but the transport brings {sample_rate} Hz.")
        whole = isinstance(sample_rate, int) and not isinstance(sample_rate, bool)
        if not whole or not LEAST_RATE <= sample_rate <= MOST_RATE:
            raise SmartTurnError(f"sample_rate must be {LEAST_RATE} to {MOST_RATE} Hz, not {sample_rate!r}.")
        self._rate = sample_rate

    def update_vad_start_secs(self, seconds: float) -> None:
        """Take how long a voice sounds before voice activity tells of it: that much is heard in any case."""
        self._vad_start_secs = seconds

    @property
    @abstractmethod
    def silence_secs(self) -> float:
        """Seconds of silence since the last voice of this turn."""

    @property
    @abstractmethod
    def speech_triggered(self) -> bool:
        """Whether a turn is under way."""

    @abstractmethod
    def append_audio(self, audio: bytes, *, is_speech: bool) -> bool:
        """Take s16le mono; return whether silence alone has made the turn complete."""

    @abstractmethod
    async def analyze_end_of_turn(self) -> TurnVerdict:
        """Judge what was heard so far, at a pause; never raises for what the model or its server does."""

    @abstractmethod
    def clear(self) -> None:
        """The turn is over: forget its audio."""

    async def cleanup(self) -> None:  # noqa: B027 (a hook)
        """Release what is held; called once when the call ends."""


class BaseSmartTurn(BaseTurnAnalyzer):
    """Keeps the turn's audio as the parameters say and hands it to a model as 16 kHz samples, -1..1 (TURN-10).

    Subclasses implement :meth:`predict`. A failed prediction counts as incomplete: then silence decides.
    """

    def __init__(self, *, sample_rate: int | None = None, params: SmartTurnParams | None = None) -> None:
        super().__init__(sample_rate=sample_rate, params=params)
        self._before: deque[bytes] = deque()
        self._turn: deque[bytes] = deque()
        self._before_bytes = self._turn_bytes = 0
        self._silent_bytes = 0
        self._speaks = False

    @property
    def silence_secs(self) -> float:
        return self._silent_bytes / 2 / self._rate if self._rate else 0.0

    @property
    def speech_triggered(self) -> bool:
        return self._speaks

    def append_audio(self, audio: bytes, *, is_speech: bool) -> bool:
        if not self._rate:
            raise SmartTurnError("sample_rate is not known yet: set it before audio comes.")
        if is_speech:
            self._silent_bytes = 0
            if not self._speaks:
                self._begin()
        elif self._speaks:
            self._silent_bytes += len(audio)
        if not self._speaks:
            self._remember(audio)
            return False
        self._turn.append(audio)
        self._turn_bytes += len(audio)
        while self._turn_bytes - len(self._turn[0]) >= self._bytes_of(self._params.max_duration_secs):
            self._turn_bytes -= len(self._turn.popleft())
        return self._silent_bytes >= self._bytes_of(self._params.stop_secs)

    def _bytes_of(self, seconds: float) -> int:
        return int(seconds * self._rate) * 2

    def _begin(self) -> None:
        """Let the turn begin with what was heard just before."""
        self._speaks = True
        self._turn, self._before = self._before, deque()
        self._turn_bytes, self._before_bytes = self._before_bytes, 0

    def _remember(self, audio: bytes) -> None:
        self._before.append(audio)
        self._before_bytes += len(audio)
        wanted = self._bytes_of(self._params.pre_speech_ms / 1000 + self._vad_start_secs)
        while self._before and self._before_bytes - len(self._before[0]) >= wanted:
            self._before_bytes -= len(self._before.popleft())

    async def analyze_end_of_turn(self) -> TurnVerdict:
        if self._silent_bytes and self._silent_bytes >= self._bytes_of(self._params.stop_secs):
            return TurnVerdict(True, 1.0, "silence")
        try:
            return await self.predict(self.heard())
        except EngineError as error:
            self.failure = error
            return TurnVerdict(False, 0.0, "failed")

    def heard(self) -> Floats:
        """Return the turn so far: 16 kHz, -1..1, at most ``max_duration_secs`` of it."""
        pcm = b"".join(self._turn)[-self._bytes_of(self._params.max_duration_secs) :]
        if self._rate != MODEL_RATE:
            pcm = resample_once(pcm, self._rate, MODEL_RATE)
        return samples_of(pcm).astype(np.float32) / 32768.0

    @abstractmethod
    async def predict(self, audio: Floats) -> TurnVerdict:
        """Ask the model; an ``EngineError`` where it cannot answer."""

    def clear(self) -> None:
        self._turn.clear()
        self._before.clear()
        self._turn_bytes = self._before_bytes = self._silent_bytes = 0
        self._speaks = False
