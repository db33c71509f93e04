"""What a bot is, as plain data: the only thing that crosses from the database into the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WELCOME_BACK = "Welcome back. Let us go on where we stopped."


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A provider of the registry and its settings (field names of its options dataclass)."""

    provider: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VADSpec:
    """Voice activity settings (TURN-02); seconds, and 0..1 for confidence and volume."""

    confidence: float = 0.7
    start_secs: float = 0.2
    stop_secs: float = 0.8
    min_volume: float = 0.6


@dataclass(frozen=True, slots=True)
class TurnSpec:
    """How turns change hands (TURN-14…21): ``min_words`` 0 means any speech interrupts.

    After each ``user_idle_secs`` of silence (0: never) a caller hears the next of the prompts, at last the goodbye
    (TASK-36). With ``wake_phrases`` a caller is heard after one of them, for ``wake_keepalive_secs`` (FILT-06).
    """

    allow_interruptions: bool = True
    min_words: int = 0
    user_idle_secs: float = 0.0
    user_idle_prompts: tuple[str, ...] = ("Are you still there?", "Can you hear me? Say anything and we go on.")
    user_idle_goodbye: str = "I cannot hear you, so I will end this call. Goodbye."
    wake_phrases: tuple[str, ...] = ()
    wake_keepalive_secs: float = 10.0


@dataclass(frozen=True, slots=True)
class TurnEndSpec:
    """Who says that a caller who pauses is done (TURN-07…13): ``analyzer`` http or local; empty: silence alone.

    ``url`` empty: the hosted model, which needs a ``credential``. The others are those of ``SmartTurnParams``.
    """

    analyzer: str = ""
    url: str = ""
    credential: str = ""
    stop_secs: float = 3.0
    pre_speech_ms: float = 0.0
    max_duration_secs: float = 8.0


@dataclass(frozen=True, slots=True)
class BargeInSpec:
    """How a caller cuts in (lessons T4): at once, or ``two_step``: the bot is held, then cut or resumed.

    ``echo_test``: the bot's own voice in the microphone is no speech. ``backchannels``: words that let the bot go on;
    none: the usual English ones. Seconds as in ``BargeInParams``.
    """

    two_step: bool = False
    echo_test: bool = False
    decide_secs: float = 0.8
    words_secs: float = 0.5
    backchannels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AudioSpec:
    """What is done to the sound: a noise filter for the caller's (AUD-01), a sound file under the bot's (AUD-05).

    ``background_volume`` is a factor; 1.0 = as recorded.
    """

    noise_filter: str = ""
    background: str = ""
    background_volume: float = 0.4


@dataclass(frozen=True, slots=True)
class SpeechSpec:
    """How the model's text is spoken: Markdown's marks (and code, and tables) are left out (TXT-01, TXT-02).

    ``aggregation``: the voice gets whole sentences, or every token as it comes (``token``; SPCH-06). ``voices``: names
    that the model may write as ``<voice>name</voice>``, each with a voice of the provider (TXT-08). ``lost_voice`` is
    heard, from a recording, when the voice fails; empty: nothing (P16).
    """

    markdown: bool = True
    leave_out_code: bool = False
    leave_out_tables: bool = False
    aggregation: str = "sentence"
    voices: Mapping[str, str] = field(default_factory=dict)
    lost_voice: str = "I am sorry, I have trouble speaking right now. Please try again in a moment."


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """What one key means: words that count as spoken, an answer without the model, or a function; one of them."""

    phrase: str = ""
    answer: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class KeypadSpec:
    """How pressed keys become text for the model (DTMF-01), or choose from a menu.

    ``menu``: what keys mean, by key; with one, other keys are answered with ``menu_unknown`` (empty: the usual words of
    the bot's language) until, with ``menu_once``, the first choice is made. ``menu_prompt`` is said again after each
    ``menu_repeat_secs`` of silence, ``menu_repeats`` times.
    """

    enabled: bool = True
    timeout_secs: float = 2.0
    termination_digit: str = "#"
    prefix: str = "DTMF: "
    menu: Mapping[str, KeyChoice] = field(default_factory=dict)
    menu_prompt: str = ""
    menu_repeat_secs: float = 6.0
    menu_repeats: int = 2
    menu_unknown: str = ""
    menu_once: bool = False


@dataclass(frozen=True, slots=True)
class PhoneSpec:
    """What a bot does about who takes a call that it places (lessons T17).

    ``outbound``: this call was placed. With ``detect`` machines, screeners and menus are told from people.
    ``on_machine``: hang_up, or leave_message with ``machine_message``. ``screener_text``: said to a call screener;
    empty: the usual words with the bot's name. ``menu_keys``: pressed in a telephone menu; empty: hang up.
    """

    outbound: bool = False
    detect: bool = True
    on_machine: str = "hang_up"
    machine_message: str = ""
    screener_text: str = ""
    menu_keys: str = ""


@dataclass(frozen=True, slots=True)
class ResilienceSpec:
    """What happens when a model is slow or fails (LK-12, LK-15, LK-16); seconds and tokens.

    ``fallbacks``: models asked in this order when the bot's own does not answer; ``stt_fallbacks`` and
    ``tts_fallbacks`` the same for recognisers and voices. ``fillers``: said when nothing came
    after ``soft_s`` (0: never; none: the usual words of the bot's language). After ``hard_s`` the next model is asked,
    beside the slow one if ``hedge``. After ``end_after`` replies in a row without any model the call ends with
    ``goodbye`` (0: never). ``cache`` keeps replies for the same request ``cache_ttl_s`` long. ``prefetch``: ask while
    the caller still speaks. ``context_tokens``: the longest request (0: no limit), ``summarise`` what does not fit.
    """

    fallbacks: tuple[ServiceSpec, ...] = ()
    stt_fallbacks: tuple[ServiceSpec, ...] = ()
    tts_fallbacks: tuple[ServiceSpec, ...] = ()
    fillers: tuple[str, ...] = ()
    soft_s: float = 1.2
    hard_s: float = 4.0
    between_s: float = 3.0
    hedge: bool = True
    end_after: int = 3
    goodbye: str = ""
    cache: bool = False
    cache_ttl_s: float = 300.0
    prefetch: bool = False
    context_tokens: int = 4000
    summarise: bool = True


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """Ends that come by the clock, in seconds (DEP-04), by the caller's turns (0: none), or with repetition (C17).

    ``goodbye``: said before an end by turns or repetition; empty: the usual words of the bot's language.
    """

    max_duration_s: float = 1800.0
    idle_timeout_s: float = 300.0
    max_turns: int = 200
    loop_guard: bool = True
    goodbye: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool the model may call. ``kind`` names the implementation, ``settings`` belong to it.

    ``duplicates``: what becomes of a repetition in one turn (allow, join, reject). ``filler`` is said when the tool
    takes longer than ``filler_after_s`` seconds; None: the usual words of the bot's language, empty: nothing. After
    ``max_calls`` runs in one call further ones are refused; 0: no limit. ``confirm``: the caller has to speak between
    the model's proposal and the run.
    """

    name: str
    kind: str
    description: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float = 8.0
    cancel_on_interruption: bool = False
    duplicates: str = "join"
    filler: str | None = None
    filler_after_s: float = 1.0
    max_calls: int = 0
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class BotSpec:
    """One published (or draft) bot, ready to be built into a pipeline (DESIGN section 6).

    ``welcome_back`` greets in a conversation that goes on from an earlier one.

    ``mute``: when the caller is not heard, names of ``STTMuteStrategy`` (TURN-23).

    ``trace_words``: traces of its calls may hold what was said, prompted and passed to tools (TRC-10).
    """

    slug: str
    name: str
    stt: ServiceSpec
    llm: ServiceSpec
    tts: ServiceSpec
    persona: str = ""
    greeting: str = ""
    welcome_back: str = WELCOME_BACK
    language: str = "en"
    vad: VADSpec = VADSpec()
    turns: TurnSpec = TurnSpec()
    turn_end: TurnEndSpec = TurnEndSpec()
    barge_in: BargeInSpec = BargeInSpec()
    mute: tuple[str, ...] = ()
    audio: AudioSpec = AudioSpec()
    speech: SpeechSpec = SpeechSpec()
    keypad: KeypadSpec = KeypadSpec()
    phone: PhoneSpec = PhoneSpec()
    limits: LimitSpec = LimitSpec()
    resilience: ResilienceSpec = ResilienceSpec()
    vocabulary: tuple[str, ...] = ()
    pronunciations: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[ToolSpec, ...] = ()
    flow: Mapping[str, Any] | None = None
    record: bool = True
    trace_words: bool = False
