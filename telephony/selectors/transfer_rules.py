"""Whether a caller may be connected with somebody: the rules of a call out, for it is paid for like one (S2, T16)."""

from datetime import datetime
from decimal import Decimal

from bots.actions.errors import ActionError
from telephony.carriers.markup import is_sip
from telephony.models import CallLeg, DialPolicy, PhoneNumber
from telephony.selectors.dial_policy import Permit, rules
from telephony.selectors.e164 import destination
from telephony.selectors.spend import minute_price, money

NOT_OF_TRANSFERS = {"dial.number", "bot.unpublished", "dial.hours", "dial.destination"}
"""A person asked to be connected with somebody whom the bot's author named: neither the number's own right to dial nor
the hours for machines count, and a desk may be reached as often as callers ask for it. Money, lines and days do."""


def transfer_permit(*, policy: DialPolicy, leg: CallLeg, target: str, now: datetime) -> tuple[str, str, Permit]:
    """Return whom to dial, the country, what it may cost and last; a SIP address costs no minutes.

    Raises ActionError for the first rule that is against it (``dial.…``, ``number.…``).
    """
    if is_sip(target):
        if not policy.is_enabled:
            raise ActionError(
                "dial.off", "Dialling out is switched off.", owner="author",
                next_step="Switch it on under Dialling policy, with care.", http_status=403,
            )  # fmt: skip
        return target, "", Permit(Decimal(0), Decimal(0), policy.currency, policy.minutes_per_call)
    to = destination(target)
    number = leg.number or PhoneNumber(account=leg.account)
    for rule in rules(policy, number, to, None, now):
        if not rule.ok and rule.code not in NOT_OF_TRANSFERS:
            raise rule.refusal()
    price = minute_price(policy, to.country) or Decimal(0)
    most = policy.minutes_per_call
    return to.e164, to.country, Permit(money(price, most), price, policy.currency, most)
