"""What listens inside the worker process: utterances, partial and final texts, the bot's vocabulary."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from bots.engine.providers.pocketsphinx.decoders import NOTHING, better, heard, heard_text, vocabulary_decoder
from bots.engine.providers.workers.port import Port

SAMPLE_RATE = 16_000
PARTIAL_BYTES = SAMPLE_RATE * 2 // 10
CATCHING_UP = 5  # while audio waits, partials come that much less often
# Usual means of speech from a browser, and of speech from a telephone whose upper band was filled (audio.bandwidth).
CEPSTRAL_MEANS = {
    "wide": "44.4,0.75,5.06,3.29,-2.94,0.47,-1.69,0.75,3.0,4.4,0.29,2.06,6.4",
    "telephone": "51.9,16.4,-2.0,27.1,-0.9,-7.6,17.6,-12.9,10.5,5.0,-6.0,18.6,-2.6",
}


class Listener:
    """One call after another: decoders kept through a call so that they adapt to the voice, presets at its start."""

    def __init__(self, port: Port, general: Any) -> None:
        self._port = port
        self._general = general
        self._vocabulary: Any | None = None
        self._open = False
        self._fed = self._unshown = self._utterance = 0
        self._words: list[tuple[str, float, float, float]] = []
        self._sources: set[str] = set()
        self.reset()

    def configure(self, request: dict[str, Any]) -> None:
        """Set up a call: cepstral mean, margin, limits, the bot's vocabulary."""
        self.reset()
        self._margin = float(request["margin"])
        self._partials = bool(request["partials"])
        self._piece_bytes = int(request["max_utterance_s"] * SAMPLE_RATE) * 2
        if request["sentences"]:
            self._expected = frozenset(" ".join(words) for words in request["sentences"])
            with suppress(RuntimeError):  # a vocabulary that cannot be loaded must not cost the call
                self._vocabulary = vocabulary_decoder(self._general, request["sentences"], request["pronunciations"])
        for decoder in self._decoders():
            decoder.set_cmn(request.get("mean") or CEPSTRAL_MEANS[request["band"]])
        self._port.send({"op": "configured", "vocabulary": self._vocabulary is not None})

    def reset(self) -> None:
        """Forget the call."""
        self.cancel()
        self._vocabulary = None
        self._expected = frozenset[str]()
        self._margin, self._partials, self._piece_bytes = 0.13, True, 60 * SAMPLE_RATE * 2
        self._general.set_cmn(CEPSTRAL_MEANS["wide"])

    def start(self, utterance: int) -> None:
        """Begin an utterance; one that was open is dropped."""
        self.cancel()
        self._utterance = utterance
        self._words, self._sources = [], set()
        self._shown, self._rest, self._offset_s = "", b"", 0.0
        self._start_piece()

    def audio(self, pcm: bytes) -> None:
        """Feed PCM; without an open utterance it is dropped."""
        if not self._open:
            return
        pcm = self._rest + pcm
        whole = len(pcm) & ~1
        pcm, self._rest = pcm[:whole], pcm[whole:]
        if not pcm:
            return
        for decoder in self._decoders():
            decoder.process_raw(pcm, no_search=False, full_utt=False)
        self._fed += len(pcm)
        self._unshown += len(pcm)
        if self._fed >= self._piece_bytes:
            self._finish_piece()
            self._start_piece()
        elif self._partials and self._unshown >= (CATCHING_UP if self._port.waiting() else 1) * PARTIAL_BYTES:
            self._unshown = 0
            self._show_partial()

    def end(self) -> None:
        """Finish the utterance and answer with the final text (empty when there was none)."""
        words: list[tuple[str, float, float, float]] = []
        source = "general"
        if self._open:
            self._finish_piece()
            words, self._open = self._words, False
            source = "vocabulary" if self._sources == {"vocabulary"} else "general"
        mean = self._general.get_cmn(update=False)
        final = {"op": "final", "utterance": self._utterance, "words": words, "source": source, "mean": mean}
        self._port.send(final)

    def cancel(self) -> None:
        """Drop an open utterance."""
        if self._open:
            for decoder in self._decoders():
                decoder.end_utt()
            self._open = False

    def _decoders(self) -> list[Any]:
        return [self._general] if self._vocabulary is None else [self._general, self._vocabulary]

    def _start_piece(self) -> None:
        for decoder in self._decoders():
            decoder.start_utt()
        self._fed = self._unshown = 0
        self._open = True

    def _finish_piece(self) -> None:
        for decoder in self._decoders():
            decoder.end_utt()
        special = heard(self._vocabulary) if self._vocabulary is not None else NOTHING
        best, source = better(heard(self._general), special, self._margin, self._expected)
        if best.words:
            self._sources.add(source)
        self._words.extend((word, self._offset_s + a, self._offset_s + b, sure) for word, a, b, sure in best.words)
        self._offset_s += self._fed / 2 / SAMPLE_RATE

    def _show_partial(self) -> None:
        present = heard_text(self._general, self._vocabulary, self._margin, self._expected)
        text = " ".join([word for word, *_ in self._words] + present.split())
        if text != self._shown:
            self._shown = text
            self._port.send({"op": "partial", "utterance": self._utterance, "text": text})
