"""The administration pages of telephones."""

from telephony.admin.accounts import CarrierAccountAdmin
from telephony.admin.blocked import BlockedNumberAdmin
from telephony.admin.legs import CallLegAdmin
from telephony.admin.numbers import PhoneNumberAdmin
from telephony.admin.policy import DialPolicyAdmin

__all__ = ["BlockedNumberAdmin", "CallLegAdmin", "CarrierAccountAdmin", "DialPolicyAdmin", "PhoneNumberAdmin"]
