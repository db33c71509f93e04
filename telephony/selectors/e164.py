"""Numbers as telephones know them: parsed, told apart by kind, refused where a call costs what nobody meant (S2).

Kinds and countries come from the numbering plans in ``phonenumbers``; what these plans call an ordinary number although
it is a satellite telephone stands in ``SATELLITE``.
"""

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from phonenumbers.shortnumberinfo import is_emergency_number

from bots.actions.errors import ActionError

EMERGENCY = {
    "000", "061", "110", "111", "112", "113", "115", "117", "118", "119", "120", "122", "133", "144", "190", "191",
    "192", "193", "194", "197", "198", "199", "911", "988", "997", "998", "999", "15", "17", "18",
}  # fmt: skip
CALLABLE = {
    PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.VOIP,
}  # fmt: skip
SATELLITE = (
    "+870", "+878", "+881", "+882", "+883", "+888", "+979", "+991",  # networks that belong to no country
    "+1600", "+61147", "+62868", "+7954",  # satellite telephones of Canada, Australia, Indonesia, Russia
)  # fmt: skip
NEIGHBOURS = {"+390549": "+378", "+35348": "+44 28", "+97259": "+970 59"}
"""Numbers of San Marino, Northern Ireland and Palestine as their neighbours dial them: the price and the rules
are those of the number's own country."""
NO_COUNTRY = "001"
MAX_LENGTH = 32
SHORTEST = 7
"""Digits, with the country's; what has fewer is a short code."""
_WRITTEN = re.compile(r"\+?[0-9][0-9 ()./-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Destination:
    """A number that may be called as far as its kind goes: E.164 and the country, two letters."""

    e164: str
    country: str


def _invalid(text: str) -> ActionError:
    return ActionError("number.invalid", text, next_step="Write it with its country: +49 30 1234567.")


def _forbidden(text: str) -> ActionError:
    return ActionError("number.forbidden_type", text, next_step="Call an ordinary landline or mobile number.")


def _emergency() -> ActionError:
    return ActionError(
        "number.emergency", "Emergency numbers are never called by a machine.", next_step="Call it yourself."
    )


def destination(text: str, region: str = "") -> Destination:
    """Read a number to call; ``region`` is the country of one without a plus.

    Only ordinary landline and mobile numbers pass. Raises ActionError ``number.invalid``, ``number.emergency`` or
    ``number.forbidden_type``; none of them repeats the number.
    """
    shown = text.strip()
    if not shown or len(shown) > MAX_LENGTH:
        raise _invalid("That is no telephone number.")
    digits = "".join(char for char in shown if char in "0123456789")
    if digits in EMERGENCY:
        raise _emergency()
    if not _WRITTEN.fullmatch(shown):
        raise _invalid("A telephone number has a plus, digits and nothing else.")
    try:
        parsed = phonenumbers.parse(shown, region or None)
    except NumberParseException:
        raise _invalid("That number cannot be read.") from None
    _refuse_emergency(parsed)
    if len(digits) < SHORTEST:
        raise _forbidden("Short codes are not called.")
    found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if found.startswith(SATELLITE):
        raise _forbidden("Satellite telephones and networks without a country are not called.")
    for door, own in NEIGHBOURS.items():
        if found.startswith(door):
            raise _invalid(f"That number belongs to a neighbouring country: write it with {own}.")
    if not phonenumbers.is_valid_number(parsed):
        raise _invalid("There is no such number in its country's plan.")
    country = phonenumbers.region_code_for_number(parsed)
    if phonenumbers.number_type(parsed) not in CALLABLE or not country or country == NO_COUNTRY:
        raise _forbidden("Numbers of this kind (premium, shared cost, pager, voicemail, service) are not called.")
    return Destination(found, country)


def _refuse_emergency(parsed: phonenumbers.PhoneNumber) -> None:
    """An emergency number stays one with the country's code before it: +49 110."""
    national = phonenumbers.national_significant_number(parsed)
    regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    if national in EMERGENCY or any(is_emergency_number(national, region) for region in regions):
        raise _emergency()


def e164(text: str, region: str = "") -> str:
    """Return a number of one's own as E.164; raises ActionError ``number.invalid``."""
    shown = text.strip()
    if len(shown) > MAX_LENGTH or not _WRITTEN.fullmatch(shown):
        raise _invalid("A telephone number has a plus, digits and nothing else.")
    try:
        parsed = phonenumbers.parse(shown, region or None)
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
