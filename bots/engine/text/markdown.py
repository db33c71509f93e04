"""Markdown to words (TXT-01, TXT-02)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

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
    (re.compile(r"([!?,;:~=#])\1+"), r"\1"),
    (re.compile(r"\.{4,}"), "..."),
    (re.compile(r"-{4,}|_{3,}"), " "),
    (re.compile(r"\n{3,}"), "\n\n"),
)


@dataclass(frozen=True, slots=True)
class MarkdownParams:
    """Settings of the filter (TXT-01)."""

    enable_text_filter: bool = True
    filter_code: bool = False
    filter_tables: bool = False


class MarkdownTextFilter(BaseTextFilter):
    """Takes Markdown and HTML marks out of text and leaves what a voice should say (TXT-02).

    Emphasis, headings, quotes, bullets, links, code ticks, tags and rules lose their marks; entities become characters;
    repeated marks become one; numbered lists, white space and sentences stay. Code blocks and tables are left out when
    the settings say so, also when they come in several pieces; :meth:`reset` at the end of a response.
    """

    InputParams: ClassVar[type[MarkdownParams]] = MarkdownParams

    def __init__(self, params: MarkdownParams | None = None) -> None:
        self._params = params or MarkdownParams()
        self.reset()

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        known = {item.name for item in fields(MarkdownParams)}
        self._params = replace(self._params, **{name: bool(settings[name]) for name in known & settings.keys()})

    def reset(self) -> None:
        self._in_code = False
        self._in_row = False
        self._line_open = False

    def filter(self, text: str) -> str:
        if not self._params.enable_text_filter or not text:
            return text
        text = self._without_code(text)
        if self._params.filter_tables:
            text = self._without_tables(text)
        text = _ESCAPE.sub(lambda escaped: chr(0xE000 + ord(escaped[1])), text)
        text = html.unescape(_TAG.sub("", _COMMENT.sub("", text))).replace("\u00a0", " ")
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        return _HIDDEN.sub(lambda hidden: chr(ord(hidden[0]) - 0xE000), text)

    def _without_code(self, text: str) -> str:
        """Leave out fenced code (or only its fences), remembering a fence that is still open."""
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
        self._keep(kept, text[at:])
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
