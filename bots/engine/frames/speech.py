"""Who is speaking, and who cuts in (TURN-14…21, FRM-05). Times are media seconds."""

from __future__ import annotations

from .base import SystemFrame, frame


@frame
class UserStartedSpeakingFrame(SystemFrame):
    """The caller began to speak; ``at`` is the onset, which lies before the moment of detection."""

    at: float | None = None


@frame
class UserStoppedSpeakingFrame(SystemFrame):
    """The caller finished; ``last_voiced_at`` is the end of the last voiced sample.

    ``quiet_at`` is when voice detection took the caller for silent, where a turn analyzer decided only after that.
    """

    at: float | None = None
    last_voiced_at: float | None = None
    quiet_at: float | None = None


@frame
class BotStartedSpeakingFrame(SystemFrame):
    """The first sample of the bot's speech goes out; pushed both ways by the output transport (CONF-20)."""

    at: float | None = None


@frame
class BotStoppedSpeakingFrame(SystemFrame):
    """The last sample of the bot's speech went out; pushed both ways by the output transport."""

    at: float | None = None
    interrupted: bool = False


@frame
class BotSpeakingFrame(SystemFrame):
    """Repeated while the bot's audio plays; feeds idle detection (TASK-27)."""


@frame
class InterruptionFrame(SystemFrame):
    """The bot was cut off: everything interruptible is already dropped when this arrives."""

    reason: str = "user_speech"


@frame
class InterruptionTaskFrame(SystemFrame):
    """Pushed upstream by a processor: the task then interrupts the bot (RTVI-10)."""

    reason: str = "requested"


@frame
class UserIdleFrame(SystemFrame):
    """The caller has been silent for the configured time; ``count`` starts at 1."""

    count: int = 1


@frame
class UserMuteStartedFrame(SystemFrame):
    """The caller's microphone is off."""


@frame
class UserMuteStoppedFrame(SystemFrame):
    """The caller's microphone is on again."""


@frame
class VADUserStartedSpeakingFrame(SystemFrame):
    """The caller's voice is back after a pause that was too short to end a turn (TURN-27)."""

    at: float | None = None


@frame
class VADUserStoppedSpeakingFrame(SystemFrame):
    """The caller has been quiet for a moment; whether the turn is over is decided later (TURN-10, TURN-27)."""

    at: float | None = None
    last_voiced_at: float | None = None


@frame
class OutputHoldFrame(SystemFrame):
    """Stop playing at this very sample and keep what is left, until it is decided who speaks (lessons T4)."""


@frame
class OutputResumeFrame(SystemFrame):
    """Go on playing with the sample after the last one that was heard (lessons T4)."""
