"""What was said in a call that a carrier knows, from this house's own records."""

from bots.models import Call
from bots.selectors.call_page import Entry, transcript_of
from telephony.models import CallLeg, CarrierAccount


def conversations_of(account: CarrierAccount, carrier_call_id: str) -> list[Call]:
    """Return the bot's parts of a call in order, several after a transfer that came back; empty for a stranger."""
    leg = CallLeg.objects.select_related("call").filter(account=account, carrier_call_id=carrier_call_id).first()
    if leg is None:
        return []
    return [*leg.earlier_calls.order_by("created_at"), *([leg.call] if leg.call else [])]


def lines_of(call: Call) -> list[str]:
    """Return a call's transcript for a terminal: seconds, who, what was heard; tools with their outcome."""
    return [f"{entry.at:7.2f}  {_shown(entry)}" for entry in transcript_of(call)]


def _shown(entry: Entry) -> str:
    if entry.tool is not None:
        return f"tool {entry.tool.name}: {entry.tool.outcome}"
    assert entry.turn is not None  # noqa: S101 (an entry is one or the other)
    turn = entry.turn.turn
    return f"{turn.role}: {turn.text}{' (interrupted)' if turn.interrupted else ''}"
