"""Whether carriers ask this house when a number is called: what they tell, beside what they should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from telephony.carriers import carrier_named
from telephony.carriers.base import OwnedNumber
from telephony.models import CarrierAccount, PhoneNumber

from .addresses import webhook_url

State = PhoneNumber.WebhookState
GOOD, BAD, QUIET = "good", "bad", "quiet"
_KINDS = {
    State.ATTACHED: GOOD, State.DRIFTED: BAD, State.MISSING: BAD, State.UNREACHABLE: BAD, State.UNKNOWN: QUIET,
}  # fmt: skip
MAX_SEEN = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """What the carrier has for a number: the state, and the address that is not ours."""

    state: State
    address: str = ""


def seen_at_carrier(number: PhoneNumber, owned: Sequence[OwnedNumber]) -> Seen:
    """Compare a number with the carrier's list. Raises ActionError ``public_url.missing``.

    A carrier that does not tell its addresses leaves the state unknown, as long as it has the number.
    """
    found = next((item for item in owned if number.carrier_ref and item.ref == number.carrier_ref), None)
    found = found or next((item for item in owned if item.e164 == number.e164), None)
    if found is None:
        return Seen(State.MISSING)
    if not carrier_named(number.account.carrier).console.sets_webhooks:
        return Seen(State.UNKNOWN, _plain(found.voice_url))
    for told, kind in ((found.voice_url, "voice"), (found.status_url, "status")):
        if told.strip() != webhook_url(number.account, kind):
            return Seen(State.DRIFTED, _plain(told) or _("no address for %s") % kind)
    return Seen(State.ATTACHED, _plain(found.voice_url))


def _plain(address: str) -> str:
    """An address without its query, in which keys may be."""
    return address.partition("?")[0][:MAX_SEEN]


@dataclass(frozen=True, slots=True)
class WebhookWords:
    """A number's state for people: a word, a sentence, and whether it is ``good``, ``bad`` or ``quiet``."""

    kind: str
    word: str
    sentence: str


def webhook_words(number: PhoneNumber) -> WebhookWords:
    """What is known of a number's webhooks, and what to do."""
    carrier = carrier_named(number.account.carrier)
    state = State(number.webhook_state)
    sentences = {
        State.ATTACHED: _("The carrier asks this server when the number is called."),
        State.DRIFTED: _("The carrier has another address: set the webhooks again."),
        State.MISSING: _("The carrier does not list this number for the account: compare account and number."),
        State.UNREACHABLE: _("The carrier could not be asked: test the account."),
        State.UNKNOWN: _("Not compared with the carrier yet."),
    }
    if state == State.UNKNOWN and number.webhook_checked_at is not None and not carrier.console.sets_webhooks:
        told = _("%(carrier)s does not tell which address it asks; a call is the proof.") % {"carrier": carrier.label}
        return WebhookWords(QUIET, _("not told by the carrier"), told)
    return WebhookWords(_KINDS[state], str(state.label), sentences[state])


def expected_addresses(account: CarrierAccount) -> dict[str, str]:
    """The addresses that the carrier is to ask, by kind. Raises ActionError ``public_url.missing``.

    ``connect`` only where the carrier's flow has to ask whom to dial for a transfer.
    """
    in_flow = carrier_named(account.carrier).connects_in_flow
    return {kind: webhook_url(account, kind) for kind in ("voice", "status", *(["connect"] if in_flow else []))}
