"""How a bot's text becomes fit for its voice: filters, voice tags and aggregation, as its author set them."""

from __future__ import annotations

from collections.abc import Mapping

from bots.engine.errors import EngineError, SpecError
from bots.engine.services.tts import TTSService
from bots.engine.spec import SpeechSpec
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.text.markdown import MarkdownParams, MarkdownTextFilter
from bots.engine.text.patterns import PatternMatch, PatternPairAggregator
from bots.engine.text.sentences import aggregator_for

VOICE_TAG = ("<voice>", "</voice>")


def prepare_text(tts: TTSService, speech: SpeechSpec) -> None:
    """Give a voice what its bot's settings ask for; before the call runs (SPCH-06, SPCH-07, TXT-08).

    Raises a ``SpecError`` for an aggregation that does not exist.
    """
    params = MarkdownParams(filter_code=speech.leave_out_code, filter_tables=speech.leave_out_tables)
    tts.use_text_filters([MarkdownTextFilter(params)] if speech.markdown else [])
    try:
        pieces = aggregator_for(TextAggregationMode(speech.aggregation))
    except ValueError as error:
        raise SpecError("speech.aggregation must be sentence or token.") from error
    if speech.voices:
        pieces = voice_switch(tts, speech.voices, PatternPairAggregator(pieces))
    tts.use_text_aggregator(pieces)


def voice_switch(
    tts: TTSService, voices: Mapping[str, str], aggregator: PatternPairAggregator
) -> PatternPairAggregator:  # fmt: skip
    """Let ``<voice>name</voice>`` in a model's text change the voice from there on; unknown names change nothing."""
    known = {name.strip().casefold(): voice for name, voice in voices.items()}

    async def switch(match: PatternMatch) -> None:
        voice = known.get(match.content.strip().casefold())
        if voice is None:
            return
        try:
            tts.set_voice(voice)
        except EngineError as error:
            await tts.push_error(error.message, error)

    return aggregator.add_pattern_pair("voice", *VOICE_TAG, remove_match=True).on_pattern_match("voice", switch)
