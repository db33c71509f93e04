"""What a call has cost: the carrier's figure, or started minutes times price until it comes (lessons T16).

``CallLeg.cost`` is what people see, ``CallLeg.reserved`` what counts against the day's money, in the policy's currency.
"""

from decimal import Decimal

from telephony.carriers.base import StatusReport
from telephony.models import FINAL_LEG, CallLeg
from telephony.selectors.dial_policy import current_policy
from telephony.selectors.spend import estimate

FIELDS = ("cost", "currency", "cost_is_estimated", "reserved")


def settle_cost(leg: CallLeg, report: StatusReport | None = None) -> set[str]:
    """Take what the carrier told of the cost; a call out that is over has one in any case. Answers the changed fields.

    The leg is changed, not saved. What the carrier says replaces an estimate; an estimate never replaces what it said.
    """
    before = {name: getattr(leg, name) for name in FIELDS}
    if report is not None and report.cost is not None and report.status in FINAL_LEG:  # not of one that runs
        leg.cost, leg.currency, leg.cost_is_estimated = report.cost, report.currency, False
    if leg.direction == CallLeg.Direction.OUTBOUND and leg.is_final:
        _close(leg)
    return {name for name in FIELDS if getattr(leg, name) != before[name]}


def settle_failure(leg: CallLeg, *, may_have_dialled: bool) -> None:
    """A call that the carrier did not take costs nothing; where nobody can know that, it counts as one minute."""
    leg.end_cause = "unknown" if may_have_dialled else leg.end_cause
    settle_cost(leg)


def _close(leg: CallLeg) -> None:
    """Replace what was set aside; without a price and a figure it goes on counting."""
    believed = estimate(leg)
    if leg.cost is None or leg.cost_is_estimated:
        if believed is not None:
            leg.cost, leg.cost_is_estimated, leg.reserved = believed, True, believed
    else:
        leg.reserved = _counted(leg.cost, leg.currency, believed)


def _counted(told: Decimal, currency: str, believed: Decimal | None) -> Decimal:
    """What counts of a carrier's figure: in another currency it says nothing, in an untold one the larger counts."""
    if believed is None or currency == current_policy().currency:
        return told
    return believed if currency else max(told, believed)
