"""Turns judged by a model file on this machine (TURN-12, TURN-13)."""

from pathlib import Path

import numpy as np
import pytest

from bots.engine.audio.pcm import bytes_of
from bots.engine.audio.turn_analyzer import MODEL_RATE, SmartTurnParams
from bots.engine.errors import SpecError
from bots.engine.providers.smart_turn.coreml import LocalCoreMLSmartTurnAnalyzer
from bots.engine.providers.smart_turn.errors import NotAvailableHere, SmartTurnModelMissing, SmartTurnModelUnusable
from bots.engine.providers.smart_turn.features import BANDS, log_mel
from bots.engine.providers.smart_turn.local import PATH_VARIABLE, LocalSmartTurnAnalyzerV2, model_file
from bots.engine.testing.caller import CallerInput, ScriptedVAD
from bots.engine.testing.loop import run_virtual
from bots.engine.transports.params import TransportParams
from tests.engine.core.probes import Run, in_a_run
from tests.engine.providers.smart_turn.onnx_file import evenness_model

EVEN = bytes_of(np.where(np.arange(8000) % 2, 8000, -8000).astype(np.float32))
CLICKS = bytes_of(np.where(np.arange(8000) % 400, 0, 20000).astype(np.float32))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "turn.onnx"
    path.write_bytes(evenness_model())
    return path


def judged(analyzer: LocalSmartTurnAnalyzerV2, sound: bytes) -> tuple[bool, float]:
    analyzer.set_sample_rate(MODEL_RATE)
    analyzer.append_audio(sound, is_speech=True)
    analyzer.append_audio(bytes(320), is_speech=False)
    verdict = run_virtual(analyzer.analyze_end_of_turn())
    assert verdict.reason == "model"
    return verdict.complete, verdict.probability


def test_the_models_probability_decides(model: Path) -> None:  # TURN-07, TURN-13
    complete, sure = judged(LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(model)), EVEN)
    assert complete
    assert sure > 0.9
    complete, sure = judged(LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(model)), CLICKS)
    assert not complete
    assert sure < 0.1


def test_a_model_that_wants_features_gets_eight_seconds_of_them(tmp_path: Path) -> None:  # TURN-13
    path = tmp_path / "features.onnx"
    path.write_bytes(evenness_model((1, BANDS, 800), middle=-100.0))
    assert judged(LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(path)), EVEN)[0]


def test_features_show_where_the_sound_is() -> None:
    second = np.sin(2 * np.pi * 1000 * np.arange(MODEL_RATE) / MODEL_RATE).astype(np.float32)
    features = log_mel(second)
    assert features.shape == (BANDS, 800)
    loudest = int(features[:, -50].argmax())
    assert features[loudest, -50] > features[loudest, 50] + 1  # a second at the end, silence before it
    assert 20 < loudest < 35  # 1000 Hz is where the scale turns from linear to logarithmic
    assert features.max() - features.min() <= 2.0 + 1e-6  # eight powers of ten, by four


def test_a_folder_or_the_environment_may_name_the_model(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TURN-13: an explicit path first, then LOCAL_SMART_TURN_MODEL_PATH."""
    assert model_file(str(model.parent)) == model
    monkeypatch.setenv(PATH_VARIABLE, str(model))
    assert model_file(None) == model_file("pipecat-ai/smart-turn-v2") == model


def test_a_missing_model_is_named_and_never_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # TURN-13
    monkeypatch.delenv(PATH_VARIABLE, raising=False)
    with pytest.raises(SmartTurnModelMissing, match="pipecat-ai/smart-turn-v2") as caught:
        LocalSmartTurnAnalyzerV2()
    assert PATH_VARIABLE in caught.value.next_step
    with pytest.raises(SmartTurnModelMissing, match="not downloaded"):
        LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(tmp_path))


def test_a_file_that_is_no_such_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.onnx"
    path.write_bytes(b"this is no model")
    with pytest.raises(SmartTurnModelUnusable, match=r"wrong\.onnx cannot be loaded"):
        run_virtual(LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(path)).start())
    other = tmp_path / "other.onnx"
    other.write_bytes(evenness_model((1, 2, 3, 4)))
    with pytest.raises(SmartTurnModelUnusable, match="input that is not known"):
        run_virtual(LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(other)).start())


def test_the_apple_analyzer_says_what_to_use_instead() -> None:  # TURN-12
    with pytest.raises(NotAvailableHere, match="LocalSmartTurnAnalyzerV2") as caught:
        LocalCoreMLSmartTurnAnalyzer(smart_turn_model_path="/models", params=SmartTurnParams())
    assert isinstance(caught.value, SpecError)


def test_a_call_does_not_begin_with_a_model_that_cannot_be_loaded(tmp_path: Path, model: Path) -> None:
    """The model is loaded before the caller is listened to, in its own thread; what is wrong with it is told."""
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"this is no model")

    def outcome(path: Path) -> tuple[str, list[str]]:
        analyzer = LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(path))
        params = TransportParams(vad_analyzer=ScriptedVAD(), turn_analyzer=analyzer)
        run = in_a_run(lambda: Run(CallerInput(params)), lambda run: run.clock.sleep(1))
        assert run.outcome is not None
        return run.outcome.reason.value, run.codes()

    async def start_fails() -> str:
        analyzer = LocalSmartTurnAnalyzerV2(smart_turn_model_path=str(wrong))
        params = TransportParams(vad_analyzer=ScriptedVAD(), turn_analyzer=analyzer)
        run = Run(CallerInput(params))
        return (await run.task.run()).reason.value + " " + " ".join(run.codes())

    assert outcome(model) == ("cancelled", [])
    assert run_virtual(start_fails()) == "start_failed turn_analyzer.bad_model"
