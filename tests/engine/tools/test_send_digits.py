"""Keys that a bot presses arrive, whatever is heard from the far side meanwhile (DTMF-06)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bots.engine.spec import PhoneSpec, ToolSpec
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.tapes import TapeCall, TapeReply
from tests.engine.blocks.answering.stage import BOT, FarSide, placed

TOOL = ToolSpec("keys", "call.send_digits", properties={"digits": {"type": "string"}})
SPEC = replace(BOT, phone=PhoneSpec(), greeting="Hello.", tools=(TOOL,))


class Line:
    can_send_digits = can_transfer = True


@pytest.mark.heavy
def test_a_voice_of_the_far_side_cuts_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(CallerTransport, "phone_line", Line(), raising=False)

    async def play(far: FarSide) -> None:
        far.overhear(written.append)
        await far.quiet(2.0)
        await far.says("enter the account number", silence=0.9)
        await far.voice(0.6)
        await far.quiet(6.0)

    call = placed(play, SPEC, [TapeReply("", [TapeCall("keys", {"digits": "1234567890"})]), "Done.", "More."])
    (sent,) = [event.data["result"] for event in call.events if event.kind == "tool.finished"]
    assert sent == {"sent": 10}
    samples = np.abs(np.frombuffer(b"".join(written), "<i2").astype(int))
    rate = len(written[0]) // 2 * 50
    assert np.sum(samples > 50) / rate > 1.8, "ten tones of a fifth of a second"
