"""Telephone calls with the embedded services: every carrier, emulated, dials a running server (issue part 7).

A caller speaks, cuts in, presses keys, is transferred in vain, comes back and says goodbye; the bot hangs up.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from telephony.emulation.call import EmulatedCall
from telephony.emulation.dialling import Callee, PlacedCall
from telephony.emulation.script import Step
from telephony.emulation.simulation import Finding, Simulation, Simulator
from tests.e2e import phones
from tests.e2e.house import House, Template
from tests.e2e.speech import words_of
from tests.e2e.telephone_house import TelephoneHouse

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKS = phones.ASKS
CONVERSATION = [
    Step("say", ASKS["weather"]),
    Step("say", ASKS["story"]),
    Step("cut", ASKS["weather"], 2.0),
    Step("keys", "12#"),
    Step("say", ASKS["desk"]),
    Step("say", ASKS["over"]),
]


class Exchange:
    """A house with telephones and the simulator that calls it."""

    def __init__(self, telephones: TelephoneHouse, simulator: Simulator) -> None:
        self._phones, self.house, self.simulator = telephones, telephones.house, simulator

    async def dial(self, carrier: str, steps: list[Step], dialled: str) -> Finding:
        """Call the bot's number and live through it."""
        simulation = Simulation(
            carrier=carrier, server=f"http://127.0.0.1:{self.house.port}", caller="+4915123456789", steps=steps,
            dialled=dialled, expected=phones.EXPECTED, longest_s=120, **self._phones.accounts[carrier],
        )  # fmt: skip
        return await self.simulator.call(simulation)

    async def place(self, carrier: str, callee: Callee) -> PlacedCall:
        """Let the bot call somebody from this carrier's number, and wait until that is over."""
        self.simulator.callee = callee
        number = self._phones.accounts[carrier]["number"]
        done = await self._phones.manage("call_number", "--from", number, "--to", phones.TARGET, "--wait")
        assert done.returncode == 0, (done.stdout, done.stderr, self.house.log[-2000:])
        return self.simulator.dialler.placed[-1]

    def leg(self, call: EmulatedCall) -> Any:
        """Return the row of a call's leg."""
        return self.house.rows("select * from telephony_callleg where carrier_call_id = ?", call.line.call_id)[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    """A house that is reached by telephone."""
    ours = await TelephoneHouse.start(template, tmp_path_factory.mktemp("telephones") / "data")
    async with Simulator(ours.emulator) as simulator:
        for account in ours.accounts.values():
            simulator.exchange.applications[account["slug"]] = {"friendly_name": f"voiceapp-{account['slug']}"}
        yield Exchange(ours, simulator)
    assert await ours.house.stop() == 0, ours.house.log


def whats(call: EmulatedCall) -> list[str]:
    return [moment.what for moment in call.moments]


def facts(call: EmulatedCall, what: str) -> dict[str, Any]:
    return next(moment.facts for moment in call.moments if moment.what == what)


@pytest.mark.parametrize("pair", [("twilio", "telnyx"), ("plivo", "exotel")])
async def test_every_carriers_caller_has_a_conversation_and_the_bot_hangs_up(
    exchange: Exchange, pair: tuple[str, str]
) -> None:
    findings = await asyncio.gather(*(exchange.dial(carrier, CONVERSATION, "declines") for carrier in pair))
    for carrier, finding in zip(pair, findings, strict=True):
        await looks_right(exchange, carrier, finding)


async def looks_right(exchange: Exchange, carrier: str, finding: Finding) -> None:
    call, house = finding.call, exchange.house
    assert call.outcome == "completed", (carrier, call.moments, house.log[-3000:])
    assert call.ear.clears >= 1
    assert (
        facts(call, "briefed")["text"]
        == f"Somebody from the telephone desk. {phones.SUMMARY} Press 1 to take the call."
    )
    assert facts(call, "dialled is over")["status"] == "declined"
    assert facts(call, "dialled")["target"].lstrip("+") == phones.TARGET.lstrip("+")
    assert ("redirected" in whats(call)) is (carrier != "exotel")
    # The call is hung up at the carrier: by a request, at Exotel by the end of its stream.
    asked = [one for one in exchange.simulator.exchange.heard if call.line.call_id in one.path]
    ended = [one for one in asked if one.method == "DELETE" or one.fields.get("Status") or one.path.endswith("hangup")]
    assert bool(ended) is (carrier != "exotel"), (carrier, asked)

    leg = exchange.leg(call)
    assert (leg["status"], leg["direction"]) == ("completed", "inbound")
    (transfer,) = house.rows("select * from telephony_callleg where parent_id = ?", leg["id"])
    # Who has heard the brief has lifted off: a minute of theirs is paid for.
    assert (transfer["status"], transfer["to_number"]) == ("no_answer", phones.TARGET)
    assert float(transfer["cost"]) == (0.0 if carrier == "exotel" else 0.02)
    (first,) = house.rows("select call_id from telephony_callleg_earlier_calls where callleg_id = ?", leg["id"])
    before, after = await house.final(first["call_id"]), await house.final(leg["call_id"])
    assert (before["end_reason"], after["end_reason"]) == ("transferred", "bot_ended")
    assert after["continued_from_id"] == before["id"]

    said = [turn for row in (before, after) for turn in house.turns(row["id"]) if turn["role"] == "bot"]
    texts = [turn["text"] for turn in said]
    assert texts[:2] == [phones.GREETING, phones.WEATHER], texts
    assert texts[2] != phones.STORY, "the story was not cut"
    assert phones.STORY.startswith(texts[2].rstrip("."))
    assert texts[3] in (phones.WEATHER, phones.WEATHER[: len(texts[3])])
    assert [*texts[-4:]] == [phones.KEYS, phones.CONNECTING, phones.SORRY, phones.GOODBYE], texts
    # What the transcript says was heard is what a recogniser reads in what arrived at the caller's ear.
    # Over a telephone it misses one word in four on a bad day, and one in twelve on a good one.
    assert read_back(" ".join(texts), finding.heard) >= 0.6, (carrier, texts, finding.heard)
    for row in (before, after):
        recording_agrees(house, row["id"])
        marks = house.events(row["id"], "playout.acknowledged")
        assert marks, (carrier, "no mark came back")


def read_back(said: str, heard: str) -> float:
    """The share of the words said that were heard, in order."""
    words = words_of(said)
    blocks = difflib.SequenceMatcher(None, words, words_of(heard), autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(words)


def recording_agrees(house: House, call_id: str) -> None:
    """The recording is as long as the call and loud where somebody is said to have spoken, in their own track."""
    row, recording = house.call(call_id), house.recording(call_id)
    assert recording["status"] in ("ready", "encoded")
    assert recording["duration_s"] == pytest.approx(row["duration_s"], abs=1.0)
    for turn in house.turns(call_id):
        track = "bot.s16" if turn["role"] == "bot" else "caller.s16"
        samples = np.fromfile(next(house.folder.glob(f"calls/*{call_id[-12:]}/{track}")), "<i2").astype(float)
        spoken = samples[round(turn["at"] * recording["rate"]) : round(turn["end"] * recording["rate"])]
        assert turn["text"].startswith("DTMF") or np.sqrt(np.mean(spoken**2)) > 300, (track, turn["text"])


async def test_a_person_takes_the_call_and_the_bot_is_gone(exchange: Exchange) -> None:
    """TEL-23: the bot's part ends as transferred, the carrier's call goes on until the two hang up."""
    finding = await exchange.dial("twilio", [Step("say", ASKS["weather"]), Step("say", ASKS["desk"])], "answers")
    call, leg = finding.call, exchange.leg(finding.call)
    turns = exchange.house.turns(leg["call_id"])
    assert call.outcome == "completed", (whats(call), [turn["text"] for turn in turns])
    assert "connected" in whats(call)
    assert "hung up by the server" not in whats(call)
    row = await exchange.house.final(leg["call_id"])
    assert row["end_reason"] == "transferred"
    (transfer,) = exchange.house.rows("select * from telephony_callleg where parent_id = ?", leg["id"])
    assert (transfer["status"], transfer["duration_s"]) == ("completed", 2.0)
    assert float(transfer["cost"]) == 0.02


@pytest.mark.parametrize("carrier", ["twilio", "telnyx", "plivo"])
async def test_a_person_who_is_called_has_a_conversation(exchange: Exchange, carrier: str) -> None:
    """The bot waits for their first word, is told who answered, and hangs up in the end; the money is settled."""
    steps = (Step("first", "hello"), Step("say", ASKS["weather"]), Step("say", ASKS["over"]))
    call = await exchange.place(carrier, Callee("human", 0.5, steps))
    leg = exchange.leg(call)
    row = await exchange.house.final(leg["call_id"])
    texts = [turn["text"] for turn in exchange.house.turns(row["id"]) if turn["role"] == "bot"]
    assert (call.outcome, row["end_reason"], row["direction"]) == ("completed", "bot_ended", "outbound"), texts
    assert texts[0] == phones.GREETING
    assert texts[-2:] == [phones.WEATHER, phones.GOODBYE]
    assert (leg["status"], leg["answered_by"], float(leg["cost"])) == ("completed", "human", 0.02)
    assert float(leg["reserved"]) == 0.02


async def test_a_machine_that_answers_hears_nothing_and_is_hung_up_on(exchange: Exchange) -> None:
    """T17: the machine's greeting, the beep or the carrier tells; a bot that does not leave messages goes."""
    call = await exchange.place("twilio", Callee("machine", 0.5))
    leg = exchange.leg(call)
    row = await exchange.house.final(leg["call_id"])
    assert (row["end_reason"], leg["answered_by"]) == ("machine", "machine")
    assert not call.ear.has_spoken
    assert exchange.house.events(row["id"], "answer.detected")[-1]["kind"] == "machine"


async def test_who_does_not_take_the_call_costs_nothing(exchange: Exchange) -> None:
    exchange.simulator.callee = Callee("busy", 0.3)
    with pytest.raises(AssertionError, match="busy"):
        await exchange.place("twilio", Callee("busy", 0.3))
    leg = exchange.leg(exchange.simulator.dialler.placed[-1])
    assert (leg["status"], float(leg["reserved"]), float(leg["cost"])) == ("busy", 0.0, 0.0)
    assert (await exchange.house.final(leg["call_id"]))["end_reason"] == "not_answered"
