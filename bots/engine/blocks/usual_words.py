"""What a bot says where its author has not written anything, in the languages that the engine speaks."""

from __future__ import annotations

from collections.abc import Mapping

GOODBYES: Mapping[str, str] = {
    "de": "Ich muss das Gespräch jetzt beenden. Auf Wiederhören.",
    "en": "I have to end this call now. Goodbye.",
    "es": "Ahora tengo que terminar la llamada. Adiós.",
    "fr": "Je dois terminer cet appel maintenant. Au revoir.",
}
UNKNOWN_KEYS: Mapping[str, str] = {
    "de": "Diese Taste ist nicht belegt.",
    "en": "That key does nothing.",
    "es": "Esa tecla no hace nada.",
    "fr": "Cette touche ne fait rien.",
}
SCREENER_ANSWERS: Mapping[str, str] = {
    "de": "Hier spricht {name}. Bitte stellen Sie mich durch, es dauert nur einen Moment.",
    "en": "This is {name}. Please put me through, it will only take a moment.",
    "es": "Habla {name}. Por favor, póngame en comunicación, será solo un momento.",
    "fr": "Ici {name}. Merci de me mettre en relation, cela ne prendra qu'un instant.",
}


def usual(words: Mapping[str, str], language: str) -> str:
    """Return the words in a language such as ``en-GB``; in English for one that is not known."""
    return words.get(language.partition("-")[0].lower(), words["en"])
