"""Pictures that a model asks for (LLM-22, LK-20)."""

from __future__ import annotations

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.frames import (
    LLMContextFrame,
    LLMTextFrame,
    UserImageRawFrame,
    UserImageRequestFrame,
    VisionImageRawFrame,
)
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from tests.engine.core.probes import UP, Probe, Run, in_a_run


def test_a_picture_that_is_asked_for_is_shown_and_answered() -> None:  # LLM-22
    llm, context = TapeLLM(["A cat."]), LLMContext()
    pair, before, behind = LLMContextAggregatorPair(context), Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        await llm.request_image_frame("u1", text_content="What is it?", video_source="camera")
        (request,) = before.of(UserImageRequestFrame, direction=UP)
        picture = UserImageRawFrame(bytes(12), (2, 2), "RGB", user_id="u1", request=request)
        await before.push_frame(UserImageRawFrame(bytes(12), (2, 2), "RGB", user_id="u1"))
        await before.push_frame(picture)
        await run.clock.sleep(5)

    in_a_run(lambda: Run(before, pair.user(), llm, behind, pair.assistant()), play)
    (request,) = before.of(UserImageRequestFrame, direction=UP)
    assert (request.user_id, request.context, request.video_source) == ("u1", "What is it?", "camera")
    assert "".join(frame.text for frame in behind.of(LLMTextFrame)) == "A cat."
    (asked,) = llm.seen
    (shown,) = [message for message in asked if message["role"] == "user"]
    assert [part["type"] for part in shown["content"]] == ["text", "image_url"], "only the one that was asked for"


@pytest.mark.parametrize(("image", "told"), [(b"\xff\xd8\xff", "shown"), (b"short", "size does not fit")])
def test_a_picture_finishes_the_function_call_that_asked_for_it(image: bytes, told: str) -> None:  # LLM-22
    llm = TapeLLM([TapeReply(calls=[TapeCall("look", {"question": "Which colour?"}, "c1")]), TapeReply("Red.")])
    context = LLMContext([{"role": "user", "content": "Look!"}])
    pair, before, behind = LLMContextAggregatorPair(context), Probe("before"), Probe("behind")

    async def look(params: FunctionCallParams) -> None:
        await llm.request_image_frame(
            "u1", function_name=params.function_name, tool_call_id=params.tool_call_id,
            text_content=params.arguments["question"],
        )  # fmt: skip

    llm.register_function("look", look)

    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(context))
        await run.clock.sleep(1)
        (request,) = before.of(UserImageRequestFrame, direction=UP)
        await before.push_frame(UserImageRawFrame(image, (2, 2), "RGB", user_id="u1", request=request))
        await run.clock.sleep(5)

    in_a_run(lambda: Run(before, pair.user(), llm, behind, pair.assistant()), play)
    assert "".join(frame.text for frame in behind.of(LLMTextFrame)) == "Red."
    (result,) = [message for message in llm.seen[1] if message["role"] == "tool"]
    assert told in result["content"]
    assert ("image_url" in str(llm.seen[1])) is (told == "shown")


def test_a_line_without_a_camera_is_told_to_the_model_soon() -> None:  # LLM-22
    llm = TapeLLM([TapeReply(calls=[TapeCall("look", {}, "c1")]), TapeReply("I cannot see you.")])
    context = LLMContext([{"role": "user", "content": "Look!"}])
    pair, behind, times = LLMContextAggregatorPair(context), Probe("behind"), []

    async def look(params: FunctionCallParams) -> None:
        await llm.request_image_frame("u1", tool_call_id=params.tool_call_id)

    llm.register_function("look", look)

    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(context))
        await run.clock.sleep(30)
        times.extend(event.at for event in run.events if event.kind in ("tool.started", "tool.finished"))

    run = in_a_run(lambda: Run(pair.user(), llm, behind, pair.assistant()), play)
    assert "".join(frame.text for frame in behind.of(LLMTextFrame)) == "I cannot see you."
    assert "No picture came" in str(llm.seen[1])
    assert times[1] - times[0] == pytest.approx(3.0)
    assert run.codes() == []


def test_a_picture_that_cannot_be_read_is_an_error_and_no_crash() -> None:  # LLM-22
    llm = TapeLLM(["never asked"])
    pair, before = LLMContextAggregatorPair(LLMContext()), Probe("before")

    async def play(run: Run) -> None:
        asked = UserImageRequestFrame("u1")
        await before.push_frame(UserImageRawFrame(b"short", (2, 2), "RGB", user_id="u1", request=asked))
        await run.task.queue_frame(VisionImageRawFrame(b"short", (2, 2), "RGB"))
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(before, pair.user(), llm), play)
    assert run.codes() == ["context.image", "context.image"]
    assert llm.seen == []
