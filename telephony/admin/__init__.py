"""The administration pages of telephones."""

from telephony.admin.accounts import CarrierAccountAdmin
from telephony.admin.numbers import PhoneNumberAdmin

__all__ = ["CarrierAccountAdmin", "PhoneNumberAdmin"]
