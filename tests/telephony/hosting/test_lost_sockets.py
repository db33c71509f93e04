"""A socket that takes nothing more keeps no call from its end (TEL-07, reliability C12)."""

from __future__ import annotations

from typing import Any

import pytest
from autobahn.exception import Disconnected

from bots.engine.core.outcome import EndReason
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from tests.bots.hosting.stage import over, until
from tests.telephony.hosting.test_inbound_calls import dialled, house
from tests.telephony.phone import Interface, Phone

pytestmark = pytest.mark.django_db(transaction=True)


async def test_the_servers_own_error_of_a_closing_socket_is_a_lost_line(
    board: Switchboard, interface: Interface, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing: list[bool] = []
    take = Phone._take

    async def daphnes(self: Phone, message: dict[str, Any]) -> None:
        if closing:
            raise Disconnected("Attempt to send on a closed protocol")
        await take(self, message)

    monkeypatch.setattr(Phone, "_take", daphnes)
    account = await in_database(house, "twilio")
    phone, host = await dialled(account, board)
    await until(lambda: phone.heard_s > 0.1)
    closing.append(True)
    await host.end(EndReason.CALLER_HUNG_UP)
    call = await over(host)
    assert (call.status, call.end_reason) == ("ended", "caller_hung_up")
    assert board.hosts == {}
    assert any("CA1" in str(asked) for asked in interface.asked), "nobody was hung up on"
