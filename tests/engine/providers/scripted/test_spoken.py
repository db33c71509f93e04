"""Spoken forms read back as the values they were made of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.providers.scripted.spoken.answers import find_choice, find_yes_no
from bots.engine.providers.scripted.spoken.contacts import find_email, find_name, find_phone
from bots.engine.providers.scripted.spoken.dates import find_date, say_date
from bots.engine.providers.scripted.spoken.numbers import (
    find_digits,
    find_number,
    read_ordinal,
    say_digits,
    say_number,
    say_ordinal,
)
from bots.engine.providers.scripted.spoken.times import find_time, say_time
from bots.engine.providers.scripted.spoken.words import words_of

FRIDAY = date(2026, 11, 20)


@given(st.integers(-999_999_999, 999_999_999))
def test_a_number_in_words_reads_back(value: int) -> None:
    found = find_number(words_of(say_number(value)))
    assert found is not None
    assert found.value == value


@given(st.integers(1, 99))
def test_an_ordinal_in_words_reads_back(value: int) -> None:
    read = read_ordinal(words_of(say_ordinal(value)), 0)
    assert read is not None
    assert read[0] == value


@given(st.text("0123456789", min_size=1, max_size=20))
def test_digits_in_words_read_back(digits: str) -> None:
    found = find_digits(words_of(say_digits(digits)))
    assert found is not None
    assert found.value == digits


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.integers(0, 2000))
def test_a_date_in_words_reads_back(today: date, ahead: int) -> None:
    day = today + timedelta(days=ahead)
    found = find_date(words_of(say_date(day, today)), today)
    assert found is not None
    assert found.value == day.isoformat()


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_in_words_reads_back(hour: int, minute: int) -> None:
    found = find_time(words_of(say_time(hour, minute)))
    assert found is not None
    assert found.value == f"{hour:02}:{minute:02}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the third of may", "2027-05-03"),
        ("May the fourth", "2027-05-04"),
        ("no friday", "2026-11-27"),
        ("next friday", "2026-11-27"),
        ("tomorrow please", "2026-11-21"),
        ("the day after tomorrow", "2026-11-22"),
        ("in three days", "2026-11-23"),
        ("Friday the fourth of December", "2026-12-04"),
        ("2026-12-24", "2026-12-24"),
        ("the third", "2026-12-03"),
        ("third of may two thousand and thirty", "2030-05-03"),
    ],
)
def test_a_day_is_understood(text: str, value: str) -> None:
    found = find_date(words_of(text), FRIDAY)
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize("text", ["the thirty first of february", "2026-99-99", "the second one", "hello"])
def test_no_day_is_invented(text: str) -> None:
    assert find_date(words_of(text), FRIDAY) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("three thirty in the afternoon", "15:30"),
        ("half past nine", "09:30"),
        ("quarter to five", "16:45"),
        ("ten to one", "12:50"),
        ("nine o clock", "09:00"),
        ("3:30 p.m.", "15:30"),
        ("five in the morning", "05:00"),
        ("at nine", "09:00"),
        ("noon", "12:00"),
    ],
)
def test_a_time_is_understood(text: str, value: str) -> None:
    found = find_time(words_of(text))
    assert found is not None
    assert found.value == value


def test_what_is_on_offer_decides_between_morning_and_afternoon() -> None:
    words = words_of("nine fifteen")
    assert find_time(words, options=["21:15"]).value == "21:15"  # type: ignore[union-attr]
    assert find_time(words, options=["09:15"]).value == "09:15"  # type: ignore[union-attr]


def test_a_bare_number_is_no_time_when_nobody_asked_for_one() -> None:
    assert find_time(words_of("in three days"), sure=True) is None
    assert find_time(words_of("the second one")) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("double five", "55"), ("four seven two nine", "4729"), ("oh seven double four", "0744"), ("55 12", "5512")],
)
def test_digits_are_understood(text: str, value: str) -> None:
    found = find_digits(words_of(text))
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(
    ("text", "name"),
    [("my name is anna smith", "Anna Smith"), ("it's bob", "Bob"), ("s m i t h", "Smith"), ("Anna please", "Anna")],
)
def test_a_name_is_understood(text: str, name: str) -> None:
    found = find_name(words_of(text))
    assert found is not None
    assert found.value == name


@pytest.mark.parametrize("text", ["what is this", "yes", "no thanks", "i would like to go there"])
def test_a_remark_is_no_name(text: str) -> None:
    assert find_name(words_of(text)) is None


def test_contacts_are_understood() -> None:
    assert find_email("it is anna dot smith at example dot com") == "anna.smith@example.com"
    assert find_email("Anna.Smith@Example.com") == "anna.smith@example.com"
    assert find_email("meet me at noon") is None
    found = find_phone(words_of("plus four four seven double nine one two three"))
    assert found is not None
    assert found.value == "+44799123"


@pytest.mark.parametrize(
    ("text", "value"), [("yeah sure", True), ("no that's not right", False), ("of course", True), ("why not", True)]
)
def test_yes_and_no_are_told_apart(text: str, value: bool) -> None:
    found = find_yes_no(words_of(text))
    assert found is not None
    assert found.value is value


def test_a_choice_survives_a_recogniser_slip() -> None:
    options: dict[str, tuple[str, ...]] = {"bill": (), "order": ("order status",)}
    assert find_choice(words_of("the bell"), options).value == "bill"  # type: ignore[union-attr]
    assert find_choice(words_of("the second one"), options).value == "order"  # type: ignore[union-attr]
    assert find_choice(words_of("elephant"), options) is None


@given(st.text(max_size=300))
def test_no_text_breaks_a_parser(text: str) -> None:
    words = words_of(text)
    find_date(words, FRIDAY)
    find_time(words)
    find_number(words)
    find_digits(words)
    find_name(words)
    find_phone(words)
    find_yes_no(words)
    find_email(text)
