"""Which calls are over at their carrier."""

import uuid
from collections.abc import Sequence

from telephony.models import FINAL_LEG, CallLeg


def calls_over(call_ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these calls whose carrier has told that they ended."""
    found = CallLeg.objects.filter(call_id__in=call_ids, status__in=FINAL_LEG).values_list("call_id", flat=True)
    return {call_id for call_id in found if call_id is not None}
