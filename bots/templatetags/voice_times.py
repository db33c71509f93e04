"""Times and durations as pages show them."""

from typing import Any

from django import template

register = template.Library()


@register.filter
def clock(seconds: Any) -> str:
    """Seconds as ``1:42`` or ``1:02:03``; a dash when unknown."""
    if not isinstance(seconds, (int, float)):
        return "–"
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


@register.filter
def clock_tenths(seconds: Any) -> str:
    """Seconds as ``1:42.3``."""
    if not isinstance(seconds, (int, float)):
        return "–"
    tenths = round(seconds * 10)
    minutes, left = divmod(tenths, 600)
    return f"{minutes}:{left // 10:02}.{left % 10}"


@register.filter
def waiting(milliseconds: Any) -> str:
    """Milliseconds as ``640 ms``, from ten seconds on as ``12.3 s``; a dash when unknown."""
    if not isinstance(milliseconds, (int, float)):
        return "–"
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 10_000 else f"{round(milliseconds)} ms"


@register.filter
def unlocalize_number(number: Any) -> str:
    """A number as scripts read it, to the millisecond, whatever the language of the page."""
    return f"{number:.3f}".rstrip("0").rstrip(".") if isinstance(number, (int, float)) else "0"


@register.filter
def tenths(seconds: Any) -> str:
    """Seconds with one digit, as in the page's ``#t=43.2``."""
    return f"{seconds:.1f}" if isinstance(seconds, (int, float)) else "0"
