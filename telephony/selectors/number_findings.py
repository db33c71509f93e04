"""What the doctor finds about telephones; it reads what is stored and asks no carrier."""

from __future__ import annotations

from collections.abc import Iterator

from bots.actions.errors import ActionError
from bots.models import UnreadableCredential
from bots.selectors.health_checks import Finding
from telephony.models import CarrierAccount, PhoneNumber

from .addresses import public_url
from .webhook_health import BAD, webhook_words

SUBJECT = "telephones"


def number_findings() -> Iterator[Finding]:
    """Accounts whose keys fail, numbers that ring elsewhere or at no bot, and a missing public address."""
    accounts = list(CarrierAccount.objects.filter(is_enabled=True))
    numbers = list(
        PhoneNumber.objects.filter(is_enabled=True, account__is_enabled=True).select_related("account", "bot")
    )
    wrong = [*_address(numbers), *_accounts(accounts), *_numbers(numbers)]
    yield from wrong or [Finding("ok", SUBJECT, f"{len(numbers)} numbers are attached, none is known to be wrong.")]


def _address(numbers: list[PhoneNumber]) -> Iterator[Finding]:
    if not numbers:
        return
    try:
        public_url()
    except ActionError as error:
        yield Finding("error", SUBJECT, error.message, error.next_step)


def _accounts(accounts: list[CarrierAccount]) -> Iterator[Finding]:
    for account in accounts:
        try:
            account.secrets()
        except UnreadableCredential:
            todo = "Put the former key back into VOICE_ENCRYPTION_KEYS, or enter the secrets anew."
            yield Finding("error", SUBJECT, f"The secrets of the account {account.name} cannot be opened.", todo)
            continue
        if account.check_code:
            sentence = f"The account {account.name} failed when it was last asked ({account.check_code})."
            yield Finding("error", SUBJECT, sentence, "Open it under Carrier accounts and press Test.")


def _numbers(numbers: list[PhoneNumber]) -> Iterator[Finding]:
    for number in numbers:
        words = webhook_words(number)
        # An account that cannot be asked has its own line.
        if words.kind == BAD and number.webhook_state != PhoneNumber.WebhookState.UNREACHABLE:
            yield Finding("error", SUBJECT, f"{number}: {words.word}.", words.sentence)
        bot = number.bot
        if bot is None or bot.is_archived or bot.live_version_id is None:
            yield Finding(
                "warning", SUBJECT, f"{number} has no bot that is published.", "Choose one on the number's page."
            )
