"""Many carriers' messages at one moment: run by the tests on SQLite, and as a program on whatever is configured."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
COPIES, OPENERS = 50, 20


def at_once(works: list[Callable[[], Any]]) -> list[Any]:
    """Do these at the same moment, each with a connection of its own; failures are returned as their names."""
    from django.db import connection

    begin, found = threading.Barrier(len(works)), [None] * len(works)

    def do(place: int, work: Callable[[], Any]) -> None:
        begin.wait()
        try:
            found[place] = work()
        except Exception as error:
            found[place] = getattr(error, "code", f"{type(error).__name__}: {error}"[:200])
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def copies_of_one_message() -> dict[str, Any]:
    """Fifty copies of the message that a call is over, of which nobody runs ours."""
    from bots.models import Call
    from telephony.actions.take_status import take_status
    from telephony.carriers.base import StatusReport
    from telephony.models import CallLeg, LegStatus, WebhookReceipt
    from tests.telephony.rows import make_account, make_leg

    leg = make_leg(make_account("twilio", "copies"), bot(), carrier_call_id="CA-copies", created_at=WHEN)
    report = StatusReport("CA-copies", LegStatus.COMPLETED, at=WHEN, duration_s=7.0)
    told = at_once([lambda: take_status(account=leg.account, report=report, digest="d")] * COPIES)
    receipts = list(WebhookReceipt.objects.filter(leg=leg).values_list("copies", flat=True))
    state = CallLeg.objects.values_list("status", "duration_s").get(pk=leg.pk)
    ends = list(Call.objects.filter(pk=leg.call_id).values_list("status", "end_reason"))
    return {"told": dict(Counter(map(str, told))), "receipts": receipts, "leg": list(state), "call": list(ends[0])}


def openers_of_one_stream() -> dict[str, Any]:
    """Twenty sockets with one token."""
    from telephony.actions.stream_tokens import issue_stream_token, open_stream
    from tests.telephony.rows import make_account, make_leg

    leg = make_leg(make_account("twilio", "openers"), bot(), carrier_call_id="CA-openers")
    token = issue_stream_token(leg)
    found = at_once([lambda: str(open_stream(token, carrier="twilio").pk)] * OPENERS)
    return {"won": found.count(str(leg.pk)), "refused": found.count("stream.refused")}


def everything_of_one_call() -> dict[str, Any]:
    """The question about a call ten times, among different messages about it: nothing waits for each other forever."""
    from telephony.actions.answer_call import answer_call
    from telephony.actions.take_status import take_status
    from telephony.carriers.base import CarrierCall, StatusReport
    from telephony.models import CallLeg, LegStatus
    from tests.telephony.rows import CALLER, NUMBER, make_account, make_number

    account = make_account("twilio", "everything")
    make_number(account, bot())
    call = CarrierCall("CA-all", CALLER, NUMBER)
    answer_call(account=account, call=call)
    states = (LegStatus.RINGING, LegStatus.ANSWERED, LegStatus.COMPLETED)

    def tell(status: LegStatus, digest: str) -> str:
        take_status(account=account, report=StatusReport("CA-all", status, at=WHEN), digest=digest)
        return "told"

    def ask() -> str:
        answer_call(account=account, call=call)
        return "answered"

    works: list[Callable[[], Any]] = [ask] * 10
    works += [lambda place=place: tell(states[place % 3], f"m{place}") for place in range(21)]  # type: ignore[misc]
    found = Counter(map(str, at_once(works)))
    return {"found": dict(found), "legs": list(CallLeg.objects.filter(account=account).values_list("status"))}


def bot() -> Any:
    """A published bot, made once."""
    from bots.models import Bot
    from tests.bots.factories import make_bot

    return Bot.objects.filter(slug="desk").first() or make_bot()


def main() -> None:
    """Print what became of it all."""
    import django

    django.setup()
    print(json.dumps([copies_of_one_message(), openers_of_one_stream(), everything_of_one_call()]))


if __name__ == "__main__":
    main()
