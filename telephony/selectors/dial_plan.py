"""What would become of a call: each rule with whether it is kept, and what would be set aside; nothing is changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.models import PhoneNumber
from telephony.selectors.addresses import public_url

from .dial_policy import Permit, Rule, current_policy, permit, rules
from .e164 import Destination, destination


@dataclass(frozen=True, slots=True)
class DialPlan:
    """All rules in their order; ``permit`` is None for a call that would be refused."""

    rules: tuple[Rule, ...]
    destination: Destination | None
    permit: Permit | None


def dial_plan(*, number: PhoneNumber, to: str, by: Any, bot: Bot | None, now: datetime) -> DialPlan:
    """Return what is for and against a call, as it stands now."""
    found = [_person(by)]
    target: Destination | None = None
    try:
        target = destination(to)
        found.append(Rule(_("The number can be called"), ok=True, code="", sentence=""))
    except ActionError as error:
        found.append(Rule(_("The number can be called"), False, error.code, error.message, error.next_step))
    found.append(_address())
    policy, talks = current_policy(), bot or number.bot
    if target is None:
        return DialPlan(tuple(found), None, None)
    found += rules(policy, number, target, talks, now)
    allowed = all(rule.ok for rule in found)
    return DialPlan(
        tuple(found), target, permit(policy=policy, number=number, to=target, bot=talks, now=now) if allowed else None
    )


def _person(by: Any) -> Rule:
    may = bool(by.is_active and by.has_perm("telephony.place_call"))
    return Rule(_("You may place calls"), may, "dial.forbidden", "You may not place calls.", "Ask an administrator.")


def _address() -> Rule:
    label = _("Carriers can reach this server")
    try:
        public_url()
    except ActionError as error:
        return Rule(label, False, error.code, error.message, error.next_step)
    return Rule(label, ok=True, code="", sentence="")
