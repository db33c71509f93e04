"""A file holds a call's frames, one a line (OBS-10)."""

import json
from pathlib import Path

import pytest

from bots.engine.errors import EngineError
from bots.engine.frames import LLMContextFrame, TTSAudioRawFrame
from bots.engine.observers.fields import plain, shown
from bots.engine.observers.file import FileObserver
from tests.engine.observers.lines import one_question, watched


def test_every_hop_is_a_json_object_on_a_line_of_its_own(tmp_path: Path) -> None:  # OBS-10
    path = tmp_path / "frames.jsonl"
    watched(FileObserver(path)).run(one_question)
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert told[0]["frame"] == "StartFrame"
    assert told[-1]["frame"] == "CancelFrame"
    said = next(line for line in told if line["frame"] == "TranscriptionFrame")
    assert said["fields"]["text"] == "what is tea"
    assert said["direction"] == "downstream"
    assert said["source"].startswith("TapeSTT#")
    assert [line["at"] for line in told] == sorted(line["at"] for line in told)
    assert not any("audio" in line["fields"] for line in told)
    assert path.stat().st_mode & 0o077 == 0


def test_classes_and_fields_can_be_chosen(tmp_path: Path) -> None:  # OBS-10
    path = tmp_path / "frames.jsonl"
    kinds = (TTSAudioRawFrame, LLMContextFrame)
    watched(FileObserver(path, frame_types=kinds, exclude_fields=set())).run(one_question)
    told = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["frame"] for line in told} == {"TTSAudioRawFrame", "LLMContextFrame"}
    sound = next(line for line in told if line["frame"] == "TTSAudioRawFrame")
    assert sound["fields"]["audio"]["bytes"] > 0
    asked = next(line for line in told if line["frame"] == "LLMContextFrame")
    assert asked["fields"]["context"]["messages"][0]["content"] == "what is tea"


def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:  # OBS-10
    with pytest.raises(EngineError, match="path"):
        FileObserver(tmp_path / "nowhere" / "frames.jsonl")


def test_a_disk_that_fills_up_ends_the_file_and_not_the_call(tmp_path: Path) -> None:  # OBS-10
    full = FileObserver("/dev/full")
    record = watched(full).run(one_question)
    assert record.transcript == [("user", "what is tea"), ("bot", "It is seven.")]


def test_long_and_deep_values_are_cut() -> None:  # OBS-03
    assert len(shown("x" * 5000)) < 600
    assert shown(b"1234") == "<4 bytes>"
    deep: object = "end"
    for _ in range(50):
        deep = [deep]
    assert "end" not in json.dumps(plain(deep))
