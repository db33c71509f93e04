"""Answer documents in XML, made by a library so that no text can become markup."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from .base import AnswerDocument


class Response:
    """A ``<Response>`` of verbs in order; :meth:`verb` adds one and returns it for what belongs inside."""

    def __init__(self) -> None:
        self.root = Element("Response")

    def verb(
        self, name: str, attributes: Mapping[str, str] | None = None, text: str = "", inside: Element | None = None
    ) -> Element:
        """Add an element; attributes that are empty are left out."""
        known = {key: clean(value) for key, value in (attributes or {}).items() if value}
        found = SubElement(self.root if inside is None else inside, name, known)
        if text:
            found.text = clean(text)
        return found

    def document(self) -> AnswerDocument:
        """Return the whole as a carrier takes it."""
        body = tostring(self.root, encoding="unicode")
        return AnswerDocument(f'<?xml version="1.0" encoding="UTF-8"?>{body}')


def over() -> AnswerDocument:
    """End a call that was answered."""
    response = Response()
    response.verb("Hangup")
    return response.document()


def clean(text: str) -> str:
    """Return a text without what XML cannot hold: control characters and halves of characters."""
    return "".join(
        char for char in text if char in "\t\n\r" or (char >= " " and not "\ud800" <= char <= "\udfff"
                                                     and char not in "\ufffe\uffff")
    )  # fmt: skip


_LOCALES = {
    "da": "da-DK", "de": "de-DE", "en": "en-US", "es": "es-ES", "fi": "fi-FI", "fr": "fr-FR", "it": "it-IT",
    "ja": "ja-JP", "nb": "nb-NO", "nl": "nl-NL", "pl": "pl-PL", "pt": "pt-BR", "ru": "ru-RU", "sv": "sv-SE",
    "zh": "zh-CN",
}  # fmt: skip


def locale_of(language: str) -> str:
    """Return a language as carriers' voices name it, as ``de-DE``; empty, for their own default, where unknown."""
    name, _, country = language.strip().replace("_", "-").partition("-")
    if country.isalpha() and len(country) == 2 and name.isalpha():
        return f"{name.lower()}-{country.upper()}"
    return _LOCALES.get(name.lower(), "")


def is_sip(target: str) -> bool:
    """Whether a target is a SIP address, not a number."""
    return target.lower().startswith(("sip:", "sips:"))
