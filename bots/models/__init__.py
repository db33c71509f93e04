"""The tables: bots and their versions, calls and everything a call leaves behind."""

from bots.models.access import ApiKey, CallToken
from bots.models.appointment import Appointment
from bots.models.bot import Bot
from bots.models.call import FINAL_STATUSES, OPEN_STATUSES, Call, CallStatus, Direction
from bots.models.credential import Credential, UnreadableCredential
from bots.models.draft import default_draft
from bots.models.event import CallEvent
from bots.models.identity import uuid7
from bots.models.job import Job
from bots.models.recording import Recording, RecordingChunk
from bots.models.transcript import TranscriptTurn, TranscriptWord
from bots.models.version import BotVersion, ImmutableRow

__all__ = [
    "FINAL_STATUSES",
    "OPEN_STATUSES",
    "ApiKey",
    "Appointment",
    "Bot",
    "BotVersion",
    "Call",
    "CallEvent",
    "CallStatus",
    "CallToken",
    "Credential",
    "Direction",
    "ImmutableRow",
    "Job",
    "Recording",
    "RecordingChunk",
    "TranscriptTurn",
    "TranscriptWord",
    "UnreadableCredential",
    "default_draft",
    "uuid7",
]
