"""Queue messages about telephones: each calls one action."""

import logging

from celery import shared_task

from bots.actions.errors import ActionError
from telephony.actions.check_webhooks import check_due_webhooks
from telephony.actions.reconcile_legs import reconcile_legs

log = logging.getLogger(__name__)


@shared_task(name="telephony.check_webhooks", ignore_result=True)  # type: ignore[untyped-decorator]
def look_at_webhooks() -> None:
    """Compare what carriers ask with what they should, once a day for each number; scheduled more often than that."""
    try:
        check_due_webhooks()
    except ActionError as error:
        log.warning("webhooks were not compared", extra={"code": error.code})


@shared_task(name="telephony.reconcile_legs", ignore_result=True)  # type: ignore[untyped-decorator]
def ask_about_quiet_legs() -> None:
    """Ask carriers about calls of which nothing was heard; scheduled every half minute (reliability T5)."""
    reconcile_legs()
