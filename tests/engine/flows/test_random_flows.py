"""Random flows under random models and callers: every move is a way of the flow, and nothing ever stands still."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.flows import FlowManager, FlowsFunctionSchema, NodeConfig
from bots.engine.frames import UserStartedSpeakingFrame, UserStoppedSpeakingFrame

from .stage import Player, Stage, node, perform

NAMES = ("one", "two", "three")


class Graph:
    """A flow whose functions lead where chance says, quickly, slowly, with an error, or never in time."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.ways = {(name, function): chance.choice([*NAMES, None]) for name in NAMES for function in ("a", "b", "c")}

    def node(self, name: str) -> NodeConfig:
        said = [{"type": "tts_say", "text": "One moment."}] if self.chance.random() < 0.3 else []
        strategy = self.chance.choice(["append", "reset", None])
        functions = [self.function(name, function) for function in ("a", "b", "c")]
        return node(f"At {name}.", name=name, functions=functions, pre_actions=said, context_strategy=strategy)

    def function(self, name: str, function: str) -> FlowsFunctionSchema:
        kind = self.chance.choice(["quick", "slow", "late", "broken"])

        async def answer(args: Any, flow: FlowManager) -> Any:
            await asyncio.sleep({"quick": 0, "slow": 0.7, "late": 30, "broken": 0.1}[kind])
            if kind == "broken":
                raise ValueError("broken")
            target = self.ways[name, function]
            return {"to": target}, None if target is None else self.node(target)

        return FlowsFunctionSchema(function, "Go.", {}, [], answer, timeout_s=2)


class Whimsical(Player):
    """Says something, or calls one or two of the functions on offer; an answer to every third request is text."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance

    async def stream(self, context: Any) -> Any:
        tools = [schema.name for schema in context.tools.schemas] if context.tools else []
        calls = self.chance.sample(tools, self.chance.choice([1, 2])) if len(tools) > 1 else []
        speaks = len(self.asked) % 3 == 2 or self.chance.random() < 0.3
        self.replies.append("Well." if speaks or not calls else [(name, "{}") for name in calls])
        async for event in super().stream(context):
            yield event


@pytest.mark.heavy
@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9))
def test_a_flow_never_stands_still_and_never_leaves_its_ways(seed: int) -> None:  # FLOW-12, FLOW-18
    chance = random.Random(seed)
    graph = Graph(chance)

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(graph.node("one"))
        for _ in range(6):
            await asyncio.sleep(chance.uniform(0, 2))
            if chance.random() < 0.4:
                await stage.task.queue_frame(UserStartedSpeakingFrame())
                await stage.task.interrupt("user_speech")
                await asyncio.sleep(chance.uniform(0.1, 1))
                await stage.task.queue_frame(UserStoppedSpeakingFrame())
            await stage.hear("go on")
        await asyncio.sleep(20)
        moves, said = len(stage.moves), len(stage.speaker.said)
        await stage.hear("and now")
        await asyncio.sleep(10)
        assert (len(stage.moves), len(stage.speaker.said)) != (moves, said), "nobody answered the caller"
        offered = [schema.name for schema in stage.context.tools.schemas]  # type: ignore[union-attr]
        assert offered == ["a", "b", "c"]
        answered = {message["tool_call_id"] for message in stage.context.messages if message["role"] == "tool"}
        asked = {call["id"] for message in stage.context.messages for call in message.get("tool_calls") or ()}
        assert asked == answered

    stage = perform(Whimsical(chance), play)
    allowed = {(name, target) for (name, _), target in graph.ways.items() if target is not None}
    assert stage.moves[0] == (None, "one")
    assert set(stage.moves[1:]) <= allowed
    assert stage.flow.current_node == stage.moves[-1][1]
