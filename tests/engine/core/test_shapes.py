"""Shapes of pipelines and rules for processors (PIPE-03, PIPE-08, PIPE-09, PIPE-10, PIPE-12, PIPE-14)."""

import ast
from pathlib import Path

import bots.engine
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    Frame,
    FrameDirection,
    InputAudioRawFrame,
    TextFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from tests.engine.core.probes import Probe, Run, in_a_run, send, texts

ENGINE = Path(bots.engine.__file__).parent


def test_whoever_receives_every_frame_passes_it_on_in_its_own_direction() -> None:  # PIPE-02, PIPE-03
    wrong, seen = [], 0
    sources = {path: path.read_text() for path in ENGINE.rglob("*.py")}
    for path, source in sources.items():
        for method in ast.walk(ast.parse(source)) if "def process_frame" in source else ():
            if not isinstance(method, ast.AsyncFunctionDef) or method.name != "process_frame":
                continue
            received = [argument.arg for argument in method.args.args[1:]]
            for call in ast.walk(method):
                if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("push_frame"):
                    continue
                passed = [ast.unparse(value) for value in (*call.args, *(keyword.value for keyword in call.keywords))]
                if passed[:1] == received[:1]:
                    seen += 1
                    wrong += [f"{path.name}:{call.lineno}"] if passed != received else []
    assert seen >= 5 and wrong == []


def test_a_processor_prints_as_its_class_and_a_number_from_zero() -> None:  # PIPE-10
    class Some(FrameProcessor):
        pass

    async def nothing(run: Run) -> None:
        pass

    first, second, named = Some(), Some(), Some(name="mine")
    in_a_run(lambda: Run(first, second, named), nothing)
    assert [str(processor) for processor in (first, second, named)] == ["Some#0", "Some#1", "mine"]


def test_what_a_processor_does_not_catch_becomes_an_error_and_the_pipeline_goes_on() -> None:  # PIPE-12, FRM-04
    class Risky(FrameProcessor):
        @handles(TextFrame)
        async def on_text(self, frame: TextFrame) -> None:
            if frame.text == "caught":
                try:
                    raise LookupError
                except LookupError as error:
                    await self.push_error("That was not found.", error)
            elif frame.text == "escapes":
                raise RuntimeError("unexpected")

    behind = Probe("behind")
    run = in_a_run(
        lambda: Run(Risky(), behind),
        lambda run: send(run, TextFrame("caught"), TextFrame("escapes"), TextFrame("fine")),
    )
    messages = [event.data["message"] for event in run.events if event.kind == "error"]
    assert messages == ["That was not found.", "Risky#0 failed on TextFrame."]
    assert texts(behind)[-1] == "fine" and run.task.state == "finished"


def test_a_cascade_speaks_its_first_sentence_before_the_model_has_finished() -> None:  # PIPE-08, PIPE-09
    words = "One short sentence. " + " ".join(["word"] * 60)

    async def play(call: LiveCall) -> None:
        await call.say("go", at=0.5)
        await call.bot_silent()

    record = ScriptedCall([words]).run(play)
    began = next(event.at for event in record.of("bot.started"))
    assert began < [event.at for event in record.of("bot.segment")][-1] + 0.2
    assert record.heard[:3] == ("One", "short", "sentence.")


def test_speech_to_speech_needs_neither_recogniser_nor_voice() -> None:  # PIPE-09, PIPE-14
    """The model between input and output takes audio and gives audio; its own connection is its affair."""

    class SpeechModel(FrameProcessor):
        heard = 0

        @handles(InputAudioRawFrame, direction=FrameDirection.DOWNSTREAM)
        async def on_audio(self, frame: InputAudioRawFrame) -> None:
            self.heard += any(frame.audio)

        @handles(UserStoppedSpeakingFrame, direction=FrameDirection.DOWNSTREAM)
        async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
            assert self.heard
            segment = self.ledger.plan(self.ledger.open_reply(insert=True), "la")
            await self.push_frame(TTSStartedFrame(segment.id, "la", segment.reply))
            await self.push_frame(TTSAudioRawFrame(b"\1\0" * 8000, 16000, 1, None, segment.id))
            await self.push_frame(TTSStoppedFrame(segment.id))

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        parts.tts.words[1] = ("la", 8000)
        return [
            parts.transport.input(), parts.pair.user(), SpeechModel(), parts.transport.output(), parts.pair.assistant()
        ]  # fmt: skip

    async def play(call: LiveCall) -> None:
        await call.say("la", at=0.5)
        await call.bot_silent()

    record = ScriptedCall(arrange=arrange).run(play)
    assert [event.data["text"] for event in record.of("bot.turn")] == ["la"]
    assert record.messages[-1] == {"role": "assistant", "content": "la"}


def test_every_frame_that_nobody_names_passes() -> None:  # PIPE-01
    class Unknown(TextFrame):
        __slots__ = ()

    class Deaf(FrameProcessor):
        pass

    behind = Probe("behind")
    sent: list[Frame] = [Unknown("x")]
    in_a_run(lambda: Run(Deaf(), behind), lambda run: send(run, *sent))
    assert behind.of(Unknown) == sent
