"""Numbers are read as telephones read them, or refused with a code and without repeating them (S2)."""

from __future__ import annotations

import pytest

from bots.actions.errors import ActionError
from telephony.selectors.e164 import Destination, country_of, destination, e164


@pytest.mark.parametrize(
    ("text", "found", "country"),
    [
        ("+49 30 1234567", "+49301234567", "DE"),
        ("  +49 (0)30 / 123-4567 ", "+49301234567", "DE"),
        ("+49.171.234.5678", "+491712345678", "DE"),
        ("+12125550123", "+12125550123", "US"),
        ("+44 7624 123456", "+447624123456", "IM"),
        ("+33 1 12 34 56 78", "+33112345678", "FR"),
        ("+39 06 1234 5678", "+390612345678", "IT"),
        ("+39 06 6982 1234", "+390669821234", "VA"),
        ("+7 701 234 5678", "+77012345678", "KZ"),
    ],
)
def test_ordinary_numbers_are_read_with_their_country(text: str, found: str, country: str) -> None:
    assert destination(text) == Destination(found, country)
    assert country_of(found) == country


def test_a_national_number_needs_its_country() -> None:
    assert destination("030 1234567", "DE") == Destination("+49301234567", "DE")
    with pytest.raises(ActionError) as caught:
        destination("030 1234567")
    assert caught.value.code == "number.invalid"
    assert "+49" in caught.value.next_step
    assert "1234567" not in caught.value.message


@pytest.mark.parametrize("text", ["110", "112", "911", "+49110", "+1 911", "+44 999", "+112", "0 0 0", "+33 15"])
def test_emergency_numbers_are_never_called(text: str) -> None:
    with pytest.raises(ActionError) as caught:
        destination(text)
    assert caught.value.code == "number.emergency"


def test_numbers_of_ones_own_may_be_of_any_kind_but_must_be_numbers() -> None:
    assert e164("+49 800 1234567") == "+498001234567"
    assert e164("0800 1234567", "DE") == "+498001234567"
    for text in ("", "+", "abc", "+49", "sip:a@b", "+4930" * 9, "+٤٩٣٠١٢٣٤٥٦"):
        with pytest.raises(ActionError) as caught:
            e164(text)
        assert caught.value.code == "number.invalid"
    assert country_of("") == ""


@pytest.mark.parametrize(
    ("text", "own"), [("+39 0549 886377", "+378"), ("+353 48 9024 6609", "+44 28"), ("+972 59 912 3456", "+970 59")]
)
def test_a_neighbours_number_is_called_under_its_own_country(text: str, own: str) -> None:
    """S2: prices, countries and the do-not-call list hold it so."""
    with pytest.raises(ActionError, match=f"write it with {own}".replace("+", "[+]")) as caught:
        destination(text)
    assert caught.value.code == "number.invalid"
    assert destination("+378 0549 886377").country == "SM"
