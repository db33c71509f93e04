"""The protocol between the bot and its clients: RTVI, in the dialects of all released client libraries."""

from .legacy import RTVIAction, RTVIActionArgument, RTVIService, RTVIServiceOption
from .observer import RTVIObserver
from .processor import RTVIConfig, RTVIProcessor
from .version import PROTOCOL_VERSION, ClientProfile

__all__ = [
    "PROTOCOL_VERSION",
    "ClientProfile",
    "RTVIAction",
    "RTVIActionArgument",
    "RTVIConfig",
    "RTVIObserver",
    "RTVIProcessor",
    "RTVIService",
    "RTVIServiceOption",
]
