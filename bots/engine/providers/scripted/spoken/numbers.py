"""Numbers and digit strings as people say them."""

from bots.engine.providers.scripted.spoken.words import Found, listed

_SMALL = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS_NAMES = listed("twenty thirty forty fifty sixty seventy eighty ninety")
SMALL = {word: value for value, word in enumerate(_SMALL)}
TENS = {word: (index + 2) * 10 for index, word in enumerate(_TENS_NAMES)}
_SCALES = {"thousand": 1_000, "million": 1_000_000}
_FIRST_ORDINALS = listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
)
ORDINALS = {word: value for value, word in enumerate(_FIRST_ORDINALS, 1)}
ORDINALS |= {word[:-1] + "ieth": value for word, value in TENS.items()}
ORDINALS["forth"] = 4
_SAID_ORDINAL = {value: word for word, value in ORDINALS.items() if word != "forth"}
_HOMOPHONES = {"oh": "zero", "o": "zero", "for": "four", "to": "two", "too": "two", "ate": "eight", "won": "one"}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_LONGEST = 9
LARGEST = 999_999_999


def read_below_hundred(words: list[str], at: int) -> tuple[int, int] | None:
    """Read 0–99 in words, or a plain figure of at most nine digits, at a position; gives value and next position."""
    if at >= len(words):
        return None
    word = words[at]
    if word.isdecimal() and len(word) <= _LONGEST:
        return int(word), at + 1
    if word in SMALL:
        return SMALL[word], at + 1
    if word in TENS:
        unit = SMALL.get(words[at + 1], 0) if at + 1 < len(words) else 0
        if 0 < unit < 10:
            return TENS[word] + unit, at + 2
        return TENS[word], at + 1
    return None


def _read_group(words: list[str], at: int) -> tuple[int, int] | None:
    article = at + 1 < len(words) and words[at] == "a" and words[at + 1] in ("hundred", *_SCALES)
    head = (1, at + 1) if article else read_below_hundred(words, at)
    if head is None:
        return None
    value, at = head
    if at < len(words) and words[at] == "hundred":
        value, at = value * 100, at + 1
        skip = at + 1 if at < len(words) and words[at] == "and" else at
        if tail := read_below_hundred(words, skip):
            value, at = value + tail[0], tail[1]
    return value, at


def read_number(words: list[str], at: int) -> tuple[int, int] | None:
    """Read a whole number up to millions at a position; gives value and next position."""
    total, end, ceiling = 0, None, 10**12
    while (group := _read_group(words, at)) is not None:
        value, at = group
        scale = _SCALES.get(words[at], 1) if at < len(words) else 1
        if scale >= ceiling:
            break
        total, ceiling = total + value * scale, scale
        at = end = at + 1 if scale > 1 else at
        if scale == 1:
            break
        at += at + 1 < len(words) and words[at] == "and"
    return None if end is None else (total, end)


def _read_fraction(words: list[str], at: int) -> tuple[str, int]:
    digits = ""
    if at < len(words) and words[at] == "point":
        while (at + 1) < len(words) and SMALL.get(words[at + 1], 10) < 10:
            digits, at = digits + str(SMALL[words[at + 1]]), at + 1
        at = at + 1 if digits else at
    return digits, at


def find_number(words: list[str]) -> Found | None:
    """The first number in the words: "forty two", "a hundred and five", "minus three", "two point five", "42"."""
    for start, word in enumerate(words):
        negative = word == "minus"
        at = start + negative
        if at < len(words) and words[at].replace(".", "", 1).isdecimal() and "." in words[at]:
            return Found(float(words[at]) * (-1 if negative else 1), start, at + 1)
        read = read_number(words, at)
        if read is None:
            continue
        digits, end = _read_fraction(words, read[1])
        value: int | float = float(f"{read[0]}.{digits}") if digits else read[0]
        return Found(-value if negative else value, start, end)
    return None


def read_ordinal(words: list[str], at: int) -> tuple[int, int] | None:
    """Read "third", "twenty first" or "3rd" at a position; gives value and next position."""
    if at >= len(words):
        return None
    word = words[at]
    if word[:-2].isdecimal() and word[-2:] in ("st", "nd", "rd", "th") and len(word) <= _LONGEST:
        return int(word[:-2]), at + 1
    if word in ORDINALS:
        return ORDINALS[word], at + 1
    if word in TENS and at + 1 < len(words) and 0 < ORDINALS.get(words[at + 1], 10) < 10:
        return TENS[word] + ORDINALS[words[at + 1]], at + 2
    return None


def _digit_run(words: list[str], at: int, *, started: bool) -> tuple[str, int] | None:
    """One spoken piece of a digit string; homophones count only inside a string that has begun."""
    word = words[at]
    if word in _TIMES and at + 1 < len(words):
        piece = _digit_run(words, at + 1, started=True)
        return (piece[0] * _TIMES[word], piece[1]) if piece and len(piece[0]) == 1 else None
    if word in ("oh", "o") or (started and word in _HOMOPHONES):
        return str(SMALL[_HOMOPHONES[word]]), at + 1
    if word.isdecimal():
        return "".join(str(int(figure)) for figure in word), at + 1
    read = read_below_hundred(words, at)
    return (str(read[0]), read[1]) if read else None


def find_digits(words: list[str], *, shortest: int = 1, longest: int = 40) -> Found | None:
    """The longest digit string: "four seven two nine", "double five", "oh", figures; length limits in digits."""
    best: Found | None = None
    start = 0
    while start < len(words):
        digits, at = "", start
        while at < len(words) and (piece := _digit_run(words, at, started=bool(digits))):
            digits, at = digits + piece[0], piece[1]
        if digits and shortest <= len(digits) <= longest and (best is None or len(digits) > len(str(best.value))):
            best = Found(digits, start, at)
        start = max(at, start + 1)
    return best


def say_number(value: float) -> str:
    """A number in words; figures beyond ±999,999,999 stay figures."""
    if value < 0:
        return "minus " + say_number(-value)
    if isinstance(value, float) and not value.is_integer():
        whole, _, fraction = f"{value:f}".rstrip("0").partition(".")
        return f"{say_number(int(whole))} point {say_digits(fraction)}"
    value = int(value)
    if value > LARGEST:
        return str(value)
    for name, scale in (("million", 1_000_000), ("thousand", 1_000), ("hundred", 100)):
        if value >= scale:
            rest = value % scale
            joint = " and " if rest and rest < 100 and scale == 100 else " "
            return f"{say_number(value // scale)} {name}" + (joint + say_number(rest) if rest else "")
    if value < 20:
        return _SMALL[value]
    return _TENS_NAMES[value // 10 - 2] + (f" {_SMALL[value % 10]}" if value % 10 else "")


def say_ordinal(value: int) -> str:
    """1–99 as an ordinal in words."""
    if value in _SAID_ORDINAL:
        return _SAID_ORDINAL[value]
    return f"{_TENS_NAMES[value // 10 - 2]} {_SAID_ORDINAL[value % 10]}"


def say_digits(digits: str) -> str:
    """A digit string, one word a digit."""
    return " ".join(_SMALL[int(digit)] for digit in digits if digit.isdecimal())
