"""A model's processor over several models: whichever is well answers, and the caller is never left waiting (LK-16)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from bots.engine.core.processor import ProcessorSetup, Routes, handles
from bots.engine.errors import EngineError
from bots.engine.frames import (
    EndTaskFrame,
    FrameDirection,
    LLMEnablePromptCachingFrame,
    LLMSwitchMetricsData,
    MetricsFrame,
    StartFrame,
    TTSSpeakFrame,
)
from bots.engine.services.llm import LLMDeadlines, LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta
from bots.engine.services.llm_failures import AllModelsFailed, BadLLMSetting
from bots.engine.services.llm_settings import given_in
from bots.engine.services.turn_completion import answers_the_caller

from .accounts import Accounts
from .attempt import Member, talkers
from .cache import ResponseCache, in_a_tool_turn, request_key
from .filler import Filler
from .health import HealthBook
from .lineup import Lineup
from .policy import PolicyWrong, ResiliencePolicy
from .prefetch import Prefetcher
from .probe import probe
from .race import RaceTrack
from .reply import Reply
from .window import ContextWindow

if TYPE_CHECKING:
    from bots.engine.context.adapter import BaseLLMAdapter
    from bots.engine.context.context import LLMContext
    from bots.engine.services.llm_settings import LLMSettings

OWN_SETTINGS = frozenset({"model", "base_url", "credential", "extra"})
"""Settings that mean nothing to another model."""


class ResilientLLMService(LLMService):
    """Streams from the first of ``members`` that is well and quick, as ``policy`` says (P1…P8, P16, P18).

    ``book`` is the process's knowledge of who is well, ``cache`` its kept replies; both are shared between calls. The
    members are no part of the pipeline: this processor lends them its place. Events as of any model's service; its
    ``monitor`` hears of every request, those that lost a race or were made in advance too. Error: ``llm.policy``.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        policy: ResiliencePolicy,
        book: HealthBook,
        cache: ResponseCache | None = None,
        apology: str = "",
        name: str | None = None,
    ) -> None:
        if not members:
            raise PolicyWrong("members must name at least one model.")
        if len({member.key for member in members}) < len(members):
            raise PolicyWrong("members must not name the same model twice.")
        patience = (2 * len(members) + 2) * policy.hard_s + policy.between_s
        first = members[0].service
        super().__init__(
            deadlines=LLMDeadlines(patience, patience), limits=first._limits, apology=apology or first.apology,
            turn_completion=first.turn_completion, name=name,
        )  # fmt: skip
        self.members, self.policy = tuple(members), policy
        self.model_name = first.model_name
        self._book, self._cache = book, cache if policy.cache_ttl_s else None
        self._filler = Filler(policy.fillers)
        self._changes: dict[str, Any] = {}
        self._failed_in_a_row = 0

    # -- the members stand where this processor stands ----------------------------------------------------------------

    def setup(self, setup: ProcessorSetup) -> None:
        super().setup(setup)
        for member in self.members:
            member.service.setup(setup)
        self._accounts = Accounts(setup.journal, self.monitor.tell)
        self._track = RaceTrack(
            setup.clock, self.policy, self._book, self._accounts, self.create_task, self._fill,
            self.stop_ttfb_metrics, self._switched, partial(self.emit, "on_completion_timeout"),
        )  # fmt: skip
        self._window = ContextWindow(
            self.policy.context_tokens, note=self._accounts.note, spawn=self.create_task,
            ask=self.run_inference if self.policy.summarise else None,
        )  # fmt: skip
        self._prefetcher = Prefetcher(
            setup.clock, self._accounts, self.create_task, limit=self.policy.prefetches,
            failed=lambda member, error: self._book.failed(member.key, member.account, error),
        )  # fmt: skip

    def link(self, down: Routes, up: Routes) -> None:
        super().link(down, up)
        for member in self.members:
            member.service.link(down, up)

    async def start(self, frame: StartFrame) -> None:
        """Start every member; one that cannot start is down, and the call begins if any can."""
        await super().start(frame)
        errors: list[EngineError] = []
        for member in self.members:
            try:
                await member.service.start(frame)
            except EngineError as error:
                errors.append(error)
                self._book.failed(member.key, member.account, error)
                self._accounts.note("start_failed", {"model": member.label, "code": error.code})
        if len(errors) == len(self.members):
            raise errors[0]

    async def cleanup(self) -> None:
        self._prefetcher.drop("unused")
        self._accounts.close()
        async with AsyncExitStack() as stack:
            for member in self.members:
                stack.push_async_callback(member.service.cleanup)
            await super().cleanup()

    def get_llm_adapter(self) -> BaseLLMAdapter:
        return self.members[0].service.get_llm_adapter()

    def update_settings(self, settings: Mapping[str, Any] | LLMSettings) -> None:
        """Change the first model; what the others understand of it, except the model's name, holds for them too."""
        self.members[0].service.update_settings(settings)
        given = given_in(settings)
        for member in self.members[1:]:
            for name, value in given.items():
                if name not in OWN_SETTINGS:
                    update_if_known(member.service, name, value)
        self._changes |= given
        self.model_name = self.members[0].service.model_name
        self.turn_completion = self.members[0].service.turn_completion

    @handles(LLMEnablePromptCachingFrame, consume=True)
    async def on_prompt_caching(self, frame: LLMEnablePromptCachingFrame) -> None:
        """Hand on what only some members know."""
        for member in self.members:
            await member.service.process_frame(frame, FrameDirection.DOWNSTREAM)

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        """Ask the first model that is well, the next where it fails (LLM-16); raises the last failure.

        Models that follow rules have no words of their own to sum something up: they are asked only among themselves.
        """
        lineup, failure = Lineup(talkers(self.members), self._book), None
        while (found := lineup.next()) is not None:
            member = found[0]
            lineup.note(member)
            try:
                answer = await member.service.run_inference(context, max_tokens, system_instruction)
            except EngineError as error:
                failure = error
                self._book.failed(member.key, member.account, error)
            else:
                self._book.succeeded(member.key)
                return answer
        raise failure or AllModelsFailed("No language model is available.")

    async def prefetch_context(self, context: LLMContext) -> bool:
        """Ask for the answer to a context that may never be (LK-12); return whether a request was made.

        Nothing of it is spoken or kept. If the next reply is to the same context, it begins with this answer; if not,
        the answer is dropped, and its cost is on record.
        """
        if not self.policy.prefetch:
            return False
        if self.turn_completion is not None and answers_the_caller(context):
            context = self.turn_completion.instructed(context)
        member = next((m for m in self.members if self._book.is_available(m.key, m.account)), None)
        if member is None:
            return False
        return self._prefetcher.begin(self._key(context, loosely=True), member, self._shown_of(context)(member))

    def new_turn(self) -> None:
        """The caller begins to speak: a new turn may be asked for in advance."""
        self._prefetcher.new_turn()

    # -- a reply ------------------------------------------------------------------------------------------------------

    def requested(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Begin a reply; the requests it takes are told to ``monitor`` one by one."""
        return self.stream(context)

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        keep = self._cache is not None and not in_a_tool_turn(context)
        key = self._key(context) if keep else ""
        if self._cache is not None and keep and (known := self._cache.find(key)) is not None:
            self._accounts.note("cache_hit", {"characters": len(known)})
            yield TextDelta(known)
            yield Finished("stop")
            return
        self._probe_the_ill()
        said, reason = "", ""
        try:
            async with aclosing(self._reply(context)) as events:  # type: ignore[type-var]
                async for event in events:
                    said += event.text if isinstance(event, TextDelta) else ""
                    keep = keep and not isinstance(event, ToolCallDelta)
                    reason = event.reason if isinstance(event, Finished) else reason
                    yield event
        except AllModelsFailed:
            if words := await self._last_words(bool(said.strip())):
                yield TextDelta(words)
            raise
        self._failed_in_a_row = 0
        if self._cache is not None and keep and reason == "stop":
            self._cache.keep(key, said, self.policy.cache_ttl_s)

    async def _reply(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        claimed = self._prefetcher.claim(self._key(context, loosely=True)) if self.policy.prefetch else None
        if claimed is not None:
            self._accounts.note("prefetch_used", {"model": claimed.member.label})
        reply = Reply(self._track, self.members, self._shown_of(context), claimed)
        model = ""
        try:
            async with aclosing(reply.events()) as events:  # type: ignore[type-var]
                async for event in events:
                    if reply.model != model:
                        self.model_name = model = reply.model
                    yield event
        finally:
            reply.close()

    def _shown_of(self, context: LLMContext) -> Callable[[Member], LLMContext]:
        """Return what gives each model its view of a conversation; it is cut to the budget once, when first needed."""
        cut: list[LLMContext] = []

        def shown(member: Member) -> LLMContext:
            if member.local:
                return context
            cut[:] = cut or [self._window.view(context)]
            return cut[0]

        return shown

    async def _last_words(self, begun: bool) -> str:
        """Return what to say when no model is left: in the middle of a reply, or before the call is ended by policy.

        Otherwise nothing: the apology of every model's service follows (P16).
        """
        self._failed_in_a_row += 1
        self._accounts.note("all_failed", {"in_a_row": self._failed_in_a_row})
        if self.policy.end_after and self._failed_in_a_row >= self.policy.end_after:
            await self.push_frame(EndTaskFrame("no language model answers"), FrameDirection.UPSTREAM)
            return f" {self.policy.goodbye}" if begun else self.policy.goodbye
        return f" {self.policy.broken_off}" if begun else ""

    async def _fill(self) -> None:
        """Say something while the model thinks: never where answers are only shown, or over somebody who speaks."""
        if self._skip_tts or self._runner.filler.caller_speaks:
            return
        if (phrase := self._filler.next(self.clock.random, self.clock.now())) is not None:
            self._accounts.note("filler", {"text": phrase})
            await self.push_frame(TTSSpeakFrame(phrase, append_to_context=False))

    async def _switched(self, before: Member, now: Member, role: str, reason: str) -> None:
        """Tell journal and metrics that another model is asked (LK-16)."""
        self._accounts.switched(before, now, role, reason)
        data = LLMSwitchMetricsData(
            self.name, now.label, from_model=before.label, to_model=now.label, reason=reason
        )  # fmt: skip
        await self.push_frame(MetricsFrame((data,)))

    def _probe_the_ill(self) -> None:
        """Look whether models that were down are well again, beside the conversation (LK-16)."""
        for member in self.members:
            if self._book.begin_probe(member.key, member.account):
                limit = self.policy.hard_s
                self.create_task(
                    probe(member, self.clock, self._book, self._accounts, limit), f"{self.name} probe"
                )  # fmt: skip

    def _key(self, context: LLMContext, *, loosely: bool = False) -> str:
        return request_key(self.members[0].scope, self._changes, context, loosely=loosely)


def update_if_known(service: LLMService, name: str, value: Any) -> None:
    """Change one setting of a model that has it; what it does not have is no setting of its."""
    with suppress(BadLLMSetting):
        service.update_settings({name: value})
