"""What every carrier's package can do, so that nothing above asks which carrier it is (TEL-01; services 11).

A carrier is pure where it reads and writes documents, and asynchronous where it asks the carrier's own interface. The
rest of the app knows carriers by :func:`telephony.carriers.carrier_named` only, as :class:`.carrier.Carrier`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from telephony.models.carrier import AnsweredBy, LegStatus


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One secret of an account, as the form asks for it."""

    name: str
    label: str
    help: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class ConsoleGuide:
    """What a person finds in the carrier's own console: the account's id, its region, where addresses are entered.

    ``sets_webhooks``: the carrier's interface takes and tells the addresses; if not, people follow ``steps``.
    """

    account_help: str
    region_help: str = ""
    steps: tuple[str, ...] = ()
    sets_webhooks: bool = True


@dataclass(frozen=True, slots=True)
class AccountAccess:
    """What a carrier needs to know of an account: plain data, no row. ``secrets`` by the names of its fields."""

    slug: str
    account_id: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    region: str = ""
    hook_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A carrier's request as it came. ``url`` is ours as configured, with the query: never the request's host (T8).

    ``headers`` have lower-case names; ``form`` is the decoded form body, each name with all its values in order.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """A call as a voice webhook tells of it: numbers E.164 or empty, ``custom`` what the caller's side sent along."""

    carrier_call_id: str
    from_number: str
    to_number: str
    outbound: bool = False
    caller_name: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One fact about a call: from a callback or from asking. ``sequence`` orders callbacks where the carrier counts."""

    carrier_call_id: str
    status: LegStatus
    sequence: int | None = None
    at: datetime | None = None
    duration_s: float | None = None
    answered_by: AnsweredBy | None = None
    cause: str = ""
    cost: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class AnswerDocument:
    """What a voice webhook is answered with."""

    body: str
    content_type: str = "application/xml"


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number that the carrier says the account has, and the address it calls for it."""

    e164: str
    ref: str
    label: str = ""
    voice_url: str = ""
    status_url: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """A call to be placed: addresses of ours that the carrier will ask, and limits."""

    from_number: str
    to_number: str
    answer_url: str
    status_url: str
    ring_s: int = 30
    max_duration_s: int = 600
    detect_machine: bool = False


@dataclass(frozen=True, slots=True)
class Dial:
    """Whom to connect a caller with. ``target``: E.164, or a SIP address.

    ``after_url`` is asked when that is over or failed; ``brief_url`` when the person has answered, before they are
    connected; ``brief`` is what is said then, for carriers that take it at once.
    """

    target: str
    caller_id: str
    after_url: str
    ring_s: int = 30
    limit_s: int = 3600
    brief_url: str = ""
    brief: str = ""


@dataclass(frozen=True, slots=True)
class Dialled:
    """How a dialled call ended: a final status, seconds of conversation where they are told, the carrier's id of it."""

    status: LegStatus
    duration_s: float | None = None
    carrier_call_id: str = ""
    cause: str = ""


class CarrierAPI(Protocol):
    """The carrier's own interface with one account's keys. Every method may raise a ``CarrierError``."""

    async def check(self) -> str:
        """Prove that the keys are good; return the account's name at the carrier."""

    async def numbers(self) -> list[OwnedNumber]:
        """Return the account's numbers."""

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        """Let the carrier ask these addresses when the number is called."""

    async def place_call(self, placement: Placement) -> str:
        """Dial; return the carrier's id of the call."""

    async def status(self, carrier_call_id: str) -> StatusReport:
        """Ask how a call stands."""

    async def hang_up(self, carrier_call_id: str) -> None:
        """End a call; one that is over already is no error."""

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        """Take the call off its stream and let the carrier ask ``url`` what to do now (transfers, hold)."""

    async def aclose(self) -> None:
        """Close connections."""


class Webhooks(Protocol):
    """What a carrier asks and tells, read; each raises ``webhook.malformed`` for what cannot be."""

    def read_call(self, request: WebhookRequest) -> CarrierCall:
        """Read a voice webhook."""

    def read_status(self, request: WebhookRequest) -> StatusReport | None:
        """Read a status callback; None for one that says nothing of the call's state."""

    def read_dialled(self, request: WebhookRequest) -> Dialled | None:
        """Read what the carrier asks after a dial document; None when it asks for another reason."""


class Documents(Protocol):
    """What a carrier is answered with; some raise ``carrier.cannot``."""

    def stream(self, stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
        """Connect the call with our socket, both ways, until the socket closes; then hang up."""

    def message(self, text: str, language: str) -> AnswerDocument:
        """Say something with the carrier's own voice and hang up."""

    def busy(self) -> AnswerDocument:
        """Refuse the call with a busy tone, or as near to one as the carrier has."""

    def over(self) -> AnswerDocument:
        """End a call that was answered."""

    def dial(self, order: Dial) -> AnswerDocument:
        """Connect the caller with a number or SIP address."""

    def brief(self, text: str, language: str, accept_url: str) -> AnswerDocument:
        """Say something to the person who was dialled and let them press 1 to take the call."""

    def accept(self, *, accepted: bool) -> AnswerDocument:
        """Connect the person who was dialled with the caller, or let them go."""

    def wait(self, seconds: int, after_url: str) -> AnswerDocument:
        """Wait, and ask ``after_url`` then."""
