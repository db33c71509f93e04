"""Numbers as telephones know them: parsed, told apart by kind, refused where a call costs what nobody meant (S2)."""

from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from bots.actions.errors import ActionError

EMERGENCY = {"110", "111", "112", "113", "115", "117", "118", "119", "120", "122", "133", "144", "190", "191", "192",
             "193", "194", "197", "198", "199", "911", "988", "997", "998", "999", "000", "061", "15", "17", "18"}  # fmt: skip
CALLABLE = {
    PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP,
}  # fmt: skip
SATELLITE = ("+870", "+878", "+881", "+882", "+883", "+888", "+979", "+991")
MAX_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Destination:
    """A number that may be called as far as its kind goes: E.164 and the country, two letters."""

    e164: str
    country: str


def _invalid(text: str) -> ActionError:
    return ActionError("number.invalid", text, next_step="Write it with its country: +49 30 1234567.")


def destination(text: str, region: str = "") -> Destination:
    """Read a number to call; ``region`` is the country of one without a plus.

    Raises ActionError ``number.invalid``, ``number.emergency`` or ``number.forbidden_type``.
    """
    shown = text.strip()
    digits = "".join(char for char in shown if char in "0123456789")
    if digits in EMERGENCY:
        raise ActionError(
            "number.emergency", "Emergency numbers are never called by a machine.", next_step="Call it yourself."
        )  # fmt: skip
    if not shown or len(shown) > MAX_LENGTH or not set(shown) <= set("+0123456789 -()./"):
        raise _invalid("That is no telephone number.")
    try:
        parsed = phonenumbers.parse(shown, region or None)
    except NumberParseException:
        raise _invalid("That number cannot be read.") from None
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if e164.startswith(SATELLITE):
        raise _forbidden("Satellite and international network numbers are not called.")
    if not phonenumbers.is_valid_number(parsed):
        raise _invalid("There is no such number in its country's plan.")
    kind = phonenumbers.number_type(parsed)
    if kind not in CALLABLE:
        raise _forbidden("Numbers of this kind (premium, shared cost, pager, service) are not called.")
    country = phonenumbers.region_code_for_number(parsed)
    if not country or country == "001":
        raise _forbidden("The number belongs to no country.")
    return Destination(e164, country)


def _forbidden(text: str) -> ActionError:
    return ActionError("number.forbidden_type", text, next_step="Call an ordinary landline or mobile number.")


def e164(text: str, region: str = "") -> str:
    """Return a number of one's own as E.164; raises ActionError ``number.invalid``."""
    try:
        parsed = phonenumbers.parse(text.strip()[:MAX_LENGTH], region or None)
    except NumberParseException:
        raise _invalid("That number cannot be read.") from None
    if not phonenumbers.is_possible_number(parsed):
        raise _invalid("That number has too many or too few digits.")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def country_of(number: str) -> str:
    """Return the country of an E.164 number, two letters; empty where there is none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except NumberParseException:
        return ""
