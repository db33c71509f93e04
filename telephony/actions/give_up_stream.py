"""Ends a call whose media stream came to nothing: its token is spent, so nobody else can bring it to life (T7)."""

import uuid

from bots.actions.finish_call import finish_call
from bots.engine.core.outcome import EndReason

REASONS = {
    "server.draining": EndReason.SERVER_SHUTDOWN,
    "credential.unreadable": EndReason.START_FAILED,
    "stream.left": EndReason.CALLER_HUNG_UP,
}
"""Of every other code the carrier's side is the cause."""


def give_up_stream(*, call_id: uuid.UUID, code: str) -> bool:
    """Make the call final with ``code`` as its error; answers whether it still was open."""
    reason = REASONS.get(code, EndReason.NOT_CONNECTED)
    return finish_call(call_id=call_id, reason=reason.value, duration_s=0.0, error_code=code)
