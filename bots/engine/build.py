"""From a bot's specification to a pipeline that runs (DESIGN section 6, core.md 0.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from bots.engine.audio.vad import VADParams
from bots.engine.blocks.answering import AnswerDetector, AnswerGate, plan_of
from bots.engine.blocks.conversation_guard import ConversationGuard
from bots.engine.blocks.listening import before_recogniser, behind_recogniser
from bots.engine.blocks.recorder import CallRecorder, TrackSink
from bots.engine.blocks.usual_words import GOODBYES, usual
from bots.engine.clock import BaseClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal
from bots.engine.core.observer import BaseObserver
from bots.engine.core.outcome import EndReason
from bots.engine.core.params import Deadlines, PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.core.tracing import TRACING
from bots.engine.flows.navigation import FlowManager
from bots.engine.flows.types import FlowConfig
from bots.engine.frames import FunctionCallFromLLM, LLMRunFrame, TTSSpeakFrame
from bots.engine.providers.chain import make_llm
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.providers.speech_chain import make_stt, make_tts
from bots.engine.rtvi.google import GoogleRTVIObserver
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.services.llm import LLMService
from bots.engine.services.resilience.ahead import asking_ahead
from bots.engine.spec import BotSpec
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.outfit import ToolOutfit
from bots.engine.tools.registry import FunctionHandler
from bots.engine.transports.base import BaseTransport
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from bots.engine.turns.strategies import MinWordsInterruptionStrategy
from bots.engine.turns.stt_mute import STTMuteConfig, STTMuteFilter, STTMuteStrategy

End = Callable[..., Awaitable[None]]
"""Ends the call when everything said was heard: ``(reason, detail="")``."""


@dataclass(frozen=True, slots=True)
class CallSetting:
    """What one call brings beside the bot: clock and journal, keys, tools of the host, audio sink, earlier messages.

    ``providers`` are the rows a bot may choose from: the registry's, or others under the same names. ``environment`` is
    what tools without code may use of this deployment; its secrets are the tools' own, ``secrets`` those of providers.
    """

    clock: BaseClock
    journal: Journal
    shared: SharedResources
    secrets: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, FunctionHandler] = field(default_factory=dict)
    environment: ToolEnvironment = field(default_factory=ToolEnvironment)
    recording: TrackSink | None = None
    history: Sequence[dict[str, Any]] = ()
    header: Mapping[str, Any] = field(default_factory=dict)
    deadlines: Deadlines | None = None
    providers: Sequence[Provider] = PROVIDERS


@dataclass(frozen=True, slots=True)
class BuiltCall:
    """A call that is ready to run, and the parts its host talks to."""

    task: PipelineTask
    pair: LLMContextAggregatorPair
    rtvi: RTVIProcessor
    flow: FlowManager | None
    spec: BotSpec
    continued: bool
    mute: STTMuteFilter | None = None
    answer: AnswerDetector | None = None

    async def begin(self) -> None:
        """Let the conversation begin; that of a call that was placed begins with whoever takes it (lessons T17)."""
        if self.answer is None:
            await self._speak_first()
        else:
            opens_itself = self.flow is not None or bool(self.spec.greeting)
            await self.answer.begin(self._speak_first, opens_itself=opens_itself)

    async def _speak_first(self) -> None:
        """The flow's first node, the greeting, or the model's first words (CTX-10).

        One that goes on is greeted as such, and a flow that had not come to its end goes on in its last node.
        """
        if self.continued and (self.flow is None or self.flow.resume()):
            await self.task.queue_frame(TTSSpeakFrame(self.spec.welcome_back))
        elif self.flow is not None:
            await self.flow.initialize()
        elif self.spec.greeting:
            await self.task.queue_frame(TTSSpeakFrame(self.spec.greeting))
        else:
            await self.task.queue_frame(LLMRunFrame())


def vad_params_of(spec: BotSpec) -> VADParams:
    """Return the bot's voice detection settings as the analyzers take them."""
    vad = spec.vad
    return VADParams(vad.confidence, vad.start_secs, vad.stop_secs, vad.min_volume)


def build_call(
    spec: BotSpec, transport: BaseTransport, setting: CallSetting, observers: Sequence[BaseObserver] = ()
) -> BuiltCall:
    """Build the canonical pipeline for a bot; raises a ``SpecError`` subclass where the bot cannot run."""
    chosen = (spec, setting.shared, setting.secrets, setting.providers)
    stt, llm, tts = make_stt(*chosen), make_llm(*chosen), make_tts(*chosen)
    rtvi = RTVIProcessor(transport=transport)
    outfit = _outfit_of(spec, setting, llm, rtvi, transport)
    context = LLMContext([dict(message) for message in setting.history], outfit.schema)
    outfit.serve(context)
    pair = LLMContextAggregatorPair(context, user_params=_user_params_of(spec), hears_audio=False)
    mute = _mute_of(spec)

    async def end(reason: EndReason, detail: str = "") -> None:
        await task.stop_when_done(reason, detail)

    answer = None if setting.history else _answer_of(spec, end)
    gate = [AnswerGate(answer.passes)] if answer is not None else []

    async def leave() -> None:
        await end(EndReason.IDLE_TIMEOUT, "silent caller")

    def asks() -> bool:
        return answer is None or answer.talking

    parts: list[FrameProcessor] = [
        transport.input(), rtvi, *before_recogniser(spec, _presser(llm, context), asks), stt, *_present(mute, answer),
        *behind_recogniser(spec, leave, asks), *asking_ahead(llm, context), pair.user(), *gate,
        _guard_of(spec, pair, end), llm, tts, transport.output(),
    ]  # fmt: skip
    if setting.recording is not None:
        parts.append(CallRecorder(setting.recording))
    if spec.tools:
        parts.insert(parts.index(llm), outfit)
    parts.append(pair.assistant())
    task = PipelineTask(
        Pipeline(parts),
        params=_params_of(spec, transport),
        observers=[GoogleRTVIObserver(rtvi), pair.latency, *observers],
        clock=setting.clock,
        journal=setting.journal,
        journal_header=setting.header,
        enable_tracing=TRACING.installed,
        conversation_id=str(setting.header["call"]) if "call" in setting.header else None,
        additional_span_attributes={
            "bot.slug": spec.slug,
            "bot.version": str(setting.header.get("version") or "draft"),
        },
        trace_content=spec.trace_words,
        deadlines=setting.deadlines,
        idle_timeout_secs=spec.limits.idle_timeout_s or None,
        max_duration_secs=spec.limits.max_duration_s or None,
    )
    flow = _flow_of(spec, task, llm, pair, transport)
    return BuiltCall(task, pair, rtvi, flow, spec, continued=bool(setting.history), mute=mute, answer=answer)


def _present(*processors: FrameProcessor | None) -> list[FrameProcessor]:
    return [processor for processor in processors if processor is not None]


def _answer_of(spec: BotSpec, end: End) -> AnswerDetector | None:
    plan = plan_of(spec)
    return None if plan is None else AnswerDetector(plan, end=lambda detail: end(EndReason.MACHINE, detail))


def _guard_of(spec: BotSpec, pair: LLMContextAggregatorPair, end: End) -> ConversationGuard:
    limits = spec.limits
    goodbye = limits.goodbye or usual(GOODBYES, spec.language)
    guard = ConversationGuard(max_turns=limits.max_turns, goodbye=goodbye, end=end, loops=limits.loop_guard)
    pair.user().add_event_handler("on_user_turn", guard.user_turn)
    pair.assistant().add_event_handler("on_assistant_turn", guard.bot_turn)
    return guard


def _presser(llm: LLMService, context: LLMContext) -> Callable[[str], Awaitable[bool]]:
    """Return what runs a function for a key, as if the model had called it."""

    async def press(function: str) -> bool:
        if not llm.has_function(function):
            return False
        await llm.run_function_calls([FunctionCallFromLLM(function, f"key-{llm.clock.new_id()}", {}, context)])
        return True

    return press


def _user_params_of(spec: BotSpec) -> LLMUserAggregatorParams:
    chosen = spec.barge_in
    if not chosen.two_step:
        return LLMUserAggregatorParams()
    params = BargeInParams(chosen.decide_secs, chosen.words_secs)
    if chosen.backchannels:
        params = replace(params, backchannels=tuple(word.casefold() for word in chosen.backchannels))
    return LLMUserAggregatorParams(barge_in=params)


def _mute_of(spec: BotSpec) -> STTMuteFilter | None:
    return STTMuteFilter(STTMuteConfig({STTMuteStrategy(name) for name in spec.mute})) if spec.mute else None


def _params_of(spec: BotSpec, transport: BaseTransport) -> PipelineParams:
    strategies = (MinWordsInterruptionStrategy(spec.turns.min_words),) if spec.turns.min_words > 0 else ()
    params = PipelineParams(
        allow_interruptions=spec.turns.allow_interruptions,
        interruption_strategies=strategies,
        enable_metrics=True,
        enable_usage_metrics=True,
    )
    rate = transport.params.audio_out_sample_rate
    return replace(params, audio_out_sample_rate=rate) if rate else params


def _outfit_of(
    spec: BotSpec, setting: CallSetting, llm: LLMService, rtvi: RTVIProcessor, transport: BaseTransport
) -> ToolOutfit:
    llm.name_calls(str(setting.header.get("call", "call")))
    environment = replace(setting.environment, page=rtvi.handle_function_call, phone=transport.phone_line)
    return ToolOutfit(llm, spec.tools, offered=setting.tools, environment=environment, language=spec.language)


def _flow_of(
    spec: BotSpec, task: PipelineTask, llm: LLMService, pair: LLMContextAggregatorPair, transport: BaseTransport
) -> FlowManager | None:
    if not spec.flow:
        return None
    return FlowManager(task, llm, pair, transport=transport, flow_config=cast(FlowConfig, spec.flow))
