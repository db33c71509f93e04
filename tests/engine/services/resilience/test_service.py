"""A chain of models as one processor: its place, its settings, its life (LK-16, LLM-16, LLM-20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.processor import handles
from bots.engine.errors import ProviderError
from bots.engine.frames import (
    LLMEnablePromptCachingFrame,
    LLMUpdateSettingsFrame,
    StartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.llm_events import Finished
from bots.engine.services.llm_failures import (
    AllModelsFailed,
    BadLLMSetting,
    ChatRefused,
    ChatUnreachable,
    CompletionTimeout,
)
from bots.engine.services.resilience.health import HealthBook
from bots.engine.services.resilience.policy import PolicyWrong, ResiliencePolicy
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.services.turn_completion import UserTurnCompletionConfig
from bots.engine.testing.loop import run_virtual
from tests.engine.services.resilience.stage import Model, Stage, member, staged, words


class Part(Model):
    """A model that notes what is done to it."""

    def __init__(
        self, name: str, *script: Any, known: tuple[str, ...] = (), error: ProviderError | None = None
    ) -> None:
        super().__init__(name, *script)
        self.known, self.error = known, error
        self.notes: list[Any] = []

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self.notes.append("start")
        if self.error is not None:
            raise self.error

    async def cleanup(self) -> None:
        self.notes.append("cleanup")
        await super().cleanup()

    def update_settings(self, settings: Any) -> None:
        if unknown := set(settings) - set(self.known):
            raise BadLLMSetting(f"There is no setting named {unknown.pop()}.")
        self.notes.append(dict(settings))

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        if self.error is not None:
            raise self.error
        return f"{self.model_name}: {max_tokens} {system_instruction}"

    @handles(LLMEnablePromptCachingFrame)
    async def on_caching(self, frame: LLMEnablePromptCachingFrame) -> None:
        self.notes.append("caching")


def test_members_start_and_end_with_the_call() -> None:
    one, two = Part("one"), Part("two")
    staged(one, two)
    assert one.notes == two.notes == ["start", "cleanup"]


def test_a_member_that_cannot_start_is_down_and_the_others_answer() -> None:  # LK-16
    one, two = Part("one", error=ChatRefused("no")), Part("two", words("Here"))
    one.error = ChatUnreachable("gone")
    stage = staged(one, two)
    assert stage.said() == "Here"
    assert stage.noted("start_failed") == [{"model": "one", "code": "llm.unreachable"}]
    assert one.began == []
    assert one.notes[-1] == "cleanup"


def test_without_any_member_the_call_does_not_start() -> None:
    one, two = Part("one", error=ChatRefused("no")), Part("two", error=ChatRefused("no"))

    async def play(stage: Stage) -> None:
        """The call is over already."""

    stage = staged(one, two, play=play)
    assert stage.run.outcome is not None
    assert stage.run.outcome.reason.value == "start_failed"


def test_settings_hold_for_all_members_that_know_them_except_the_models_name() -> None:  # LLM-20
    one = Part("one", known=("model", "temperature", "tone"))
    two = Part("two", known=("model", "temperature"))
    changes: Mapping[str, Any] = {"model": "bigger", "temperature": 0.2, "tone": "calm"}

    async def play(stage: Stage) -> None:
        await stage.send(LLMUpdateSettingsFrame(changes), wait=1.0)
        await stage.send(LLMUpdateSettingsFrame({"colour": "red"}), wait=1.0)

    stage = staged(one, two, play=play)
    assert one.notes == ["start", dict(changes), "cleanup"]
    assert two.notes == ["start", {"temperature": 0.2}, "cleanup"]
    assert stage.errors() == ["llm.setting"]


def test_a_member_says_something_of_its_own_from_the_place_of_the_chain() -> None:
    class Talkative(Model):
        async def stream(self, context: LLMContext) -> Any:
            await self.push_frame(TextFrame("aside"))
            yield Finished()

    stage = staged(Talkative("one"))
    assert [frame.text for frame in stage.behind.of(TextFrame) if type(frame) is TextFrame] == ["aside"]


def test_frames_that_only_a_member_knows_reach_it() -> None:
    one, two = Part("one"), Part("two")
    staged(one, two, play=lambda stage: stage.send(LLMEnablePromptCachingFrame(True), wait=1.0))
    assert "caching" in one.notes
    assert "caching" in two.notes


def test_asking_outside_the_conversation_falls_back_too() -> None:  # LLM-16, LK-16
    one, two = Part("one", error=None), Part("two")

    async def play(stage: Stage) -> None:
        assert await stage.llm.run_inference(LLMContext(), 9, "Be brief.") == "one: 9 Be brief."
        one.error = ChatUnreachable("gone")
        assert await stage.llm.run_inference(LLMContext()) == "two: None None"
        assert await stage.llm.run_inference(LLMContext()) == "two: None None"
        two.error = ChatRefused("no")
        with pytest.raises(ProviderError):
            await stage.llm.run_inference(LLMContext())
        stage.book.circuit("one").bucket.tokens = stage.book.circuit("two").bucket.tokens = 0.0
        stage.book.circuit("two").is_open = True
        with pytest.raises(AllModelsFailed):
            await stage.llm.run_inference(LLMContext())

    staged(one, two, play=play)


@pytest.mark.parametrize("script", [[9.0], [CompletionTimeout("late")]], ids=["hard limit", "its own limit"])
def test_a_model_that_is_too_slow_is_told_as_a_timeout_though_another_answers(script: list[Any]) -> None:  # LLM-12
    told: list[object] = []

    async def play(stage: Stage) -> None:
        async def timed_out(service: object) -> None:
            told.append(service)

        stage.llm.add_event_handler("on_completion_timeout", timed_out)
        await stage.ask()

    stage = staged(Model("one", script), Model("two", words("Here")), play=play)
    assert told == [stage.llm]
    assert stage.said() == "Here"


def test_no_filler_is_said_over_somebody_who_speaks() -> None:  # reliability 3
    async def play(stage: Stage) -> None:
        await stage.send(UserStartedSpeakingFrame())
        await stage.ask(wait=5.0)
        assert stage.fillers() == []
        await stage.send(UserStoppedSpeakingFrame())
        await stage.ask(wait=5.0)
        assert len(stage.fillers()) == 1

    staged(Model("one", [2.0, *words("Well")]), play=play)


def test_what_stands_above_the_stream_is_the_first_members() -> None:  # LLM-23
    model = Model("one", words("✓ Yes"), turn_completion=UserTurnCompletionConfig(), apology="Oh dear.")
    stage = staged(model, apology="")
    assert stage.said() == "Yes"
    assert stage.llm.apology == "Oh dear."
    assert stage.llm.get_llm_adapter() is model.get_llm_adapter()


def test_a_chain_without_models_or_with_one_twice_is_refused() -> None:
    async def main() -> None:
        book = HealthBook(SystemClock())
        with pytest.raises(PolicyWrong, match="members"):
            ResilientLLMService([], policy=ResiliencePolicy(), book=book)
        with pytest.raises(PolicyWrong, match="members"):
            ResilientLLMService([member(Model("a")), member(Model("a"))], policy=ResiliencePolicy(), book=book)

    run_virtual(main())
