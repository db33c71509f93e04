"""From a bot's specification to a pipeline that runs (DESIGN section 6, core.md 0.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from bots.engine.audio.vad import VADParams
from bots.engine.blocks.recorder import CallRecorder, TrackSink
from bots.engine.clock import BaseClock
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.core.journal import Journal
from bots.engine.core.observer import BaseObserver
from bots.engine.core.params import Deadlines, PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.errors import SpecError
from bots.engine.flows.navigation import FlowManager
from bots.engine.flows.types import FlowConfig
from bots.engine.frames import LLMRunFrame, TTSSpeakFrame
from bots.engine.providers.registry import PROVIDERS, Provider, make_service
from bots.engine.providers.resources import SharedResources
from bots.engine.rtvi.observer import RTVIObserver
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.services.llm import LLMService
from bots.engine.spec import BotSpec, ToolSpec
from bots.engine.tools.builtin import BUILTIN_TOOLS
from bots.engine.tools.registry import FunctionHandler
from bots.engine.transports.base import BaseTransport
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.strategies import MinWordsInterruptionStrategy

WELCOME_BACK = "Welcome back. Let us go on where we stopped."


class UnknownTool(SpecError):
    """The bot has a tool of a kind that this server does not offer."""

    code = "tool.unknown_kind"


@dataclass(frozen=True, slots=True)
class CallSetting:
    """What one call brings beside the bot: clock and journal, keys, tools of the host, audio sink, earlier messages.

    ``providers`` are the rows a bot may choose from: the registry's, or others under the same names.
    """

    clock: BaseClock
    journal: Journal
    shared: SharedResources
    secrets: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, FunctionHandler] = field(default_factory=dict)
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

    async def begin(self) -> None:
        """Let the conversation begin: the flow's first node, the greeting, or the model's first words (CTX-10)."""
        if self.continued:
            await self.task.queue_frame(TTSSpeakFrame(WELCOME_BACK))
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
    make = partial(make_service, spec=spec, shared=setting.shared, secrets=setting.secrets, providers=setting.providers)
    stt, llm, tts = make("stt", spec.stt), make("llm", spec.llm), make("tts", spec.tts)
    if not isinstance(llm, LLMService):
        raise SpecError("The chosen language model cannot hold a conversation.")
    _register_tools(llm, spec.tools, setting.tools)
    context = LLMContext([dict(message) for message in setting.history], _schema_of(spec.tools))
    pair = LLMContextAggregatorPair(context)
    rtvi = RTVIProcessor(transport=transport)
    parts: list[FrameProcessor] = [
        transport.input(), rtvi, stt, pair.user(), llm, tts, transport.output()
    ]  # fmt: skip
    if setting.recording is not None:
        parts.append(CallRecorder(setting.recording))
    parts.append(pair.assistant())
    task = PipelineTask(
        Pipeline(parts),
        params=_params_of(spec),
        observers=[RTVIObserver(rtvi), pair.latency, *observers],
        clock=setting.clock,
        journal=setting.journal,
        journal_header=setting.header,
        deadlines=setting.deadlines,
        idle_timeout_secs=spec.limits.idle_timeout_s or None,
        max_duration_secs=spec.limits.max_duration_s or None,
    )
    flow = _flow_of(spec, task, llm, pair, transport)
    return BuiltCall(task, pair, rtvi, flow, spec, continued=bool(setting.history))


def _params_of(spec: BotSpec) -> PipelineParams:
    strategies = (MinWordsInterruptionStrategy(spec.turns.min_words),) if spec.turns.min_words > 0 else ()
    return PipelineParams(
        allow_interruptions=spec.turns.allow_interruptions,
        interruption_strategies=strategies,
        enable_metrics=True,
        enable_usage_metrics=True,
    )


def _schema_of(tools: Sequence[ToolSpec]) -> ToolsSchema | None:
    if not tools:
        return None
    return ToolsSchema(
        [FunctionSchema(tool.name, tool.description, dict(tool.properties), list(tool.required)) for tool in tools]
    )


def _register_tools(llm: LLMService, tools: Sequence[ToolSpec], offered: Mapping[str, FunctionHandler]) -> None:
    for tool in tools:
        handler = offered.get(tool.kind) or BUILTIN_TOOLS.get(tool.kind)
        if handler is None:
            raise UnknownTool(f"The tool {tool.name} is of a kind this server does not offer: {tool.kind}.")
        llm.register_function(
            tool.name, handler, cancel_on_interruption=tool.cancel_on_interruption, timeout_s=tool.timeout_s
        )


def _flow_of(
    spec: BotSpec, task: PipelineTask, llm: LLMService, pair: LLMContextAggregatorPair, transport: BaseTransport
) -> FlowManager | None:
    if not spec.flow:
        return None
    return FlowManager(task, llm, pair, transport=transport, flow_config=cast(FlowConfig, spec.flow))
