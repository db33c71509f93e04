"""Markdown to words (TXT-01, TXT-02)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from bots.engine.checks import Checks, given
from bots.engine.errors import SpecError

from .filters import BaseTextFilter

_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~])")
_HIDDEN = re.compile("[\ue020-\ue07e]")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>")
_FENCE = re.compile(r"```[^\S\n]*[\w+#.-]*\n|```")
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!?\[([^\]\n]*)\]\([^()\s]*(?:\s\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"^[ \t]*(?:\*[ \t]*){3,}$|^[ \t]*(?:-[ \t]*){3,}$|^[ \t]*(?:_[ \t]*){3,}$", re.MULTILINE), ""),
    (re.compile(r"^([ \t]*)(?:#{1,6}|>)[ \t]+", re.MULTILINE), r"\1"),
    (re.compile(r"^([ \t]*)[-*+•][ \t]+", re.MULTILINE), r"\1"),
    (re.compile(r"(\*{1,3})(?=\S)([^*\n]+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)(_{1,3})(?=\S)([^\n]+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"~~(?=\S)([^~\n]+?)(?<=\S)~~"), r"\1"),
    (re.compile(r"\*\*+|(?<!\w)__+|__+(?!\w)|~~|`"), ""),
    (re.compile(r"(?<![\w*)])\*(?=[^\s*])|(?<=[^\s*])\*(?![\w*(])|(?<!\w)_(?=\w)|(?<=[^\s_])_(?!\w)"), ""),
    (re.compile(r"([!?,;:~=#])\1+"), r"\1"),
    (re.compile(r"\.{4,}"), "..."),
    (re.compile(r"-{4,}|_{3,}"), " "),
    (re.compile(r"\n{3,}"), "\n\n"),
)
_UNCLEAR = re.compile(
    r"(?:<(?:!-?|[A-Za-z/][^<>]*)?|<!--(?:(?!-->).)*|&[#\w]{0,10}|!?\[[^\]\n]*(?:\](?:\([^()\s]*)?)?"
    r"|(?:\A|(?<=\n))[ \t]*(?:\#{1,6}|>|[-+•])[ \t]*|(?<![\\*_~`])[*_~`]+)\Z",
    re.DOTALL,
)
"""An end that may be the first half of something: a tag, an entity, a link, a mark of a line, emphasis, a fence."""
_INFO = re.compile(r"[\w+#.-]*")
_LONGEST_UNCLEAR = 400


class TextFilterWrong(SpecError, ValueError):
    """A text filter was made with something that it cannot mean; the sentence names the parameter."""

    code = "text.filter"
    next_step = "Correct the parameter that is named where the filter is made."


CHECK = Checks(TextFilterWrong)


@dataclass(frozen=True, slots=True)
class MarkdownParams:
    """Settings of the filter (TXT-01). Error: ``text.filter``."""

    enable_text_filter: bool = True
    filter_code: bool = False
    filter_tables: bool = False

    def __post_init__(self) -> None:
        CHECK.flags(**given(self, "enable_text_filter", "filter_code", "filter_tables"))


class MarkdownTextFilter(BaseTextFilter):
    """Takes Markdown and HTML marks out of text and leaves what a voice should say (TXT-02).

    Emphasis, headings, quotes, bullets, links, code ticks, tags and rules lose their marks; entities become characters;
    repeated marks become one; numbered lists, white space and sentences stay. Code blocks and tables are left out when
    the settings say so, also when they come in several pieces. An end whose sense depends on what follows is held
    back until the next piece or :meth:`flush`; :meth:`reset` begins a new response.
    """

    InputParams: ClassVar[type[MarkdownParams]] = MarkdownParams

    def __init__(self, params: MarkdownParams | None = None) -> None:
        CHECK.kinds_or_none(MarkdownParams, "MarkdownParams", params=params)
        self._params = params or MarkdownParams()
        self.reset()

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        known = {item.name for item in fields(MarkdownParams)}
        self._params = replace(self._params, **{name: bool(settings[name]) for name in known & settings.keys()})

    def reset(self) -> None:
        self._held = self._before = ""
        self._in_code = self._in_info = False
        self._in_row = False
        self._line_open = False

    def filter(self, text: str) -> str:
        if not self._params.enable_text_filter or not text:
            return text
        text, self._held = self._held + text, ""
        unclear = _UNCLEAR.search(text, max(0, len(text) - _LONGEST_UNCLEAR))
        if unclear is not None and unclear[0]:
            text, self._held = text[: unclear.start()], unclear[0]
        return self._spoken(text)

    def flush(self) -> str:
        rest, self._held = self._held, ""
        return self._spoken(rest)

    def _spoken(self, text: str) -> str:
        """Filter a piece that stands behind what was filtered before: in the middle of a line, or of a word."""
        before, self._before = self._before, text[-1:] or self._before
        text = self._without_code(text)
        if self._params.filter_tables:
            text = self._without_tables(text)
        context = f"x{before}" if before not in ("", "\n") else ""
        text = _ESCAPE.sub(lambda escaped: chr(0xE000 + ord(escaped[1])), context + text)
        text = html.unescape(_TAG.sub("", _COMMENT.sub("", text))).replace("\u00a0", " ")
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        text = _HIDDEN.sub(lambda hidden: chr(ord(hidden[0]) - 0xE000), text)
        return text.removeprefix(context if text.startswith(context) else "x") if context else text

    def _without_code(self, text: str) -> str:
        """Leave out fenced code (or only its fences), remembering a fence that is still open, and its language."""
        if self._in_info:
            info = _INFO.match(text)
            rest = text[info.end() :] if info is not None else text
            self._in_info = not rest
            text = rest.removeprefix("\n")
        kept: list[str] = []
        at = 0
        for fence in _FENCE.finditer(text):
            self._keep(kept, text[at : fence.start()])
            if self._params.filter_code and not self._in_code:
                kept.append(" ")
            # A closing fence gives back the line end that the pattern took for an opening one.
            elif self._in_code and fence[0].endswith("\n"):
                kept.append("\n")
            self._in_code = not self._in_code
            at = fence.end()
            self._in_info = self._in_code and fence[0] == "```" and bool(_INFO.fullmatch(text, at))
        self._keep(kept, "" if self._in_info else text[at:])
        return "".join(kept)

    def _keep(self, kept: list[str], part: str) -> None:
        if not (self._in_code and self._params.filter_code):
            kept.append(part)

    def _without_tables(self, text: str) -> str:
        """Leave out lines that begin with a pipe, remembering whether the last line was one and is still open."""
        kept = []
        for line in text.splitlines(keepends=True):
            if not self._line_open:
                self._in_row = line.lstrip().startswith("|")
            self._line_open = not line.endswith("\n")
            if not self._in_row:
                kept.append(line)
        return "".join(kept) or (" " if text else "")
