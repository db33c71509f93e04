"""The tool journal: every call a record, every transition written before anybody acts on it (lessons T3, idea 10)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bots.engine.frames import FunctionCallFromLLM, FunctionCallResultProperties

from .plain_data import plain
from .records import CallState, FunctionCall
from .registry import Duplicates, Registration

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext
    from bots.engine.core.processor import FrameProcessor

MAX_NOTE = 200
UNDONE = (CallState.FAILED, CallState.CANCELLED, CallState.TIMED_OUT)


class ToolJournal:
    """The records of one call's functions; changes them and writes ``tool.…`` events through the owner's journal.

    Idempotency keys are ``call:turn:tool:n`` (reliability A4): ``n`` counts the calls of a tool in a turn that differ.
    A turn is what follows one message of the caller.
    """

    def __init__(self, owner: FrameProcessor) -> None:
        self._owner = owner
        self.call_id = "call"
        self._known: set[str] = set()
        self._open: dict[str, FunctionCall] = {}
        self._turn = 0
        self._asked: Mapping[str, Any] | None = None
        self._counts: Counter[str] = Counter()
        self._runs: Counter[str] = Counter()
        self._same: dict[tuple[str, str], FunctionCall] = {}
        self._proposed: dict[tuple[str, str], int] = {}

    def request(self, call: FunctionCallFromLLM, registration: Registration | None) -> FunctionCall | None:
        """Record that the model asked for a call; None for an id that was seen before."""
        if call.tool_call_id in self._known:
            return None
        self._known.add(call.tool_call_id)
        self._note_turn(call.context)
        given = plain(dict(call.arguments))
        record = FunctionCall(call.function_name, call.tool_call_id, given, registration, turn=self._turn)
        self._name(record)
        self._open[record.id] = record
        data = {"id": record.id, "name": record.name, "arguments": dict(record.arguments), "key": record.key}
        if record.repeats is not None:
            data["repeats"] = record.repeats.id
        self._owner.journal.record("tool.started", data)
        return record

    def _note_turn(self, context: LLMContext) -> None:
        asked = next((message for message in reversed(context.messages) if message.get("role") == "user"), None)
        if asked is not self._asked:
            self._asked = asked
            self._turn += 1
            self._counts.clear()
            self._same.clear()

    def _name(self, record: FunctionCall) -> None:
        """Give the record its key; a repetition of a call that came to nothing gets the key of the first."""
        policy = record.registration.duplicates if record.registration else Duplicates.ALLOW
        same = _sameness(record)
        first = self._same.get(same) if policy is not Duplicates.ALLOW else None
        if first is None:
            self._counts[record.name] += 1
            record.key = f"{self.call_id}:{self._turn}:{record.name}:{self._counts[record.name]}"
        else:
            record.key = first.key
            record.repeats = first if first.state not in UNDONE else None
        if record.repeats is None:
            self._same[same] = record

    def may_run(self, record: FunctionCall) -> bool:
        """Count a run of the function; False when it ran as often as one call may."""
        limit = record.registration.max_calls if record.registration else 0
        if limit and self._runs[record.name] >= limit:
            return False
        self._runs[record.name] += 1
        return True

    def is_confirmed(self, record: FunctionCall) -> bool:
        """Whether a call may run that the caller must agree to: it was proposed, and the caller has spoken since."""
        if record.registration is None or not record.registration.confirm:
            return True
        proposed = self._proposed.pop(_sameness(record), record.turn)
        if proposed < record.turn:
            return True
        self._proposed[_sameness(record)] = record.turn
        return False

    def begin(self, record: FunctionCall) -> bool:
        """Let a requested call run; False when it is over already."""
        return record.move(CallState.REQUESTED, CallState.RUNNING)

    def progress(self, record: FunctionCall, note: str) -> None:
        """Write how far a running call is; nothing of one that is over."""
        if record.state is CallState.RUNNING:
            self._owner.journal.record(
                "tool.progress", {"id": record.id, "name": record.name, "note": str(note)[:MAX_NOTE]}
            )

    def finish(self, record: FunctionCall, result: Any, properties: FunctionCallResultProperties | None) -> bool:
        """Take the result of a running call; False when it was over already."""
        record.result, record.properties = (
            (result, properties) if record.state is CallState.RUNNING else (record.result, record.properties)
        )
        if not record.move(CallState.RUNNING, CallState.FINISHED):
            return False
        self._open.pop(record.id, None)
        self._owner.journal.record("tool.finished", {"id": record.id, "name": record.name, "result": result})
        return True

    def fail(self, record: FunctionCall, code: str, message: str, state: CallState = CallState.FAILED) -> bool:
        """End a running call without a result; False when it was over already."""
        if record.state is not CallState.RUNNING:
            return False
        record.failure = (code, message)
        record.move(CallState.RUNNING, state)
        self._open.pop(record.id, None)
        self._owner.journal.record(
            "tool.failed", {"id": record.id, "name": record.name, "code": code, "message": message}
        )
        return True

    def cancel(self, record: FunctionCall, expected: tuple[CallState, ...], reason: str = "interruption") -> bool:
        """End a call that speech may cancel; False when it is over, or not as far as ``expected`` says."""
        if record.state not in expected or not record.move(record.state, CallState.CANCELLED):
            return False
        self._open.pop(record.id, None)
        record.failure = ("tool.cancelled", f"{record.name} was cancelled.")
        self._owner.journal.record("tool.cancelled", {"id": record.id, "name": record.name, "reason": reason})
        return True

    def close(self) -> None:
        """End what is still open as the conversation ends: no call of a function stays in progress for good."""
        for record in list(self._open.values()):
            self.cancel(record, (CallState.REQUESTED, CallState.RUNNING), "call_ended")


def _sameness(record: FunctionCall) -> tuple[str, str]:
    """Return what is equal for calls of the same function with the same arguments."""
    return record.name, json.dumps(dict(record.arguments), sort_keys=True, default=str)
