"""What is stored of telephones: accounts, numbers, legs of calls, the carriers' messages, the rules for dialling."""

from .account import CarrierAccount
from .carrier import FINAL_LEG, OPEN_LEG, AnsweredBy, CarrierName, LegStatus
from .leg import CallLeg, WebhookReceipt
from .number import PhoneNumber
from .policy import BlockedNumber, DialPolicy

__all__ = [
    "FINAL_LEG",
    "OPEN_LEG",
    "AnsweredBy",
    "BlockedNumber",
    "CallLeg",
    "CarrierAccount",
    "CarrierName",
    "DialPolicy",
    "LegStatus",
    "PhoneNumber",
    "WebhookReceipt",
]
