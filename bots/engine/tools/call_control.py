"""Tools that change the call itself: end it, hand it on, press keys (PROD-19, PROD-22, DTMF-06)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.engine.context.arguments import ToolArgumentsInvalid
from bots.engine.frames import FunctionCallResultProperties, KeypadEntry, OutputDTMFFrame
from bots.engine.spec import ToolSpec

from .environment import Finding, ToolEnvironment
from .phone_line import NoPhoneLine, Transfer
from .registry import FunctionCallParams, FunctionHandler

MAX_DIGITS = 32
MAX_SUMMARY = 300
ACCEPT_KEY = "1"
NO_SUMMARY = "A caller is on the line."
HEARD_WITHIN_S = 6.0
TRANSFER_WITHIN_S = HEARD_WITHIN_S + 8.0
"""Until all is heard, and then the rules and the carrier: a transfer broken off half way would be nobody's call."""
LOOK_EVERY_S = 0.1
_NUMBER = re.compile(r"\+[1-9]\d{5,14}")
_SIP = re.compile(r"sips?:[A-Za-z0-9_.!~*'()&=+$,;?/%-]{1,64}@[A-Za-z0-9.-]{1,253}(:\d{1,5})?")


@dataclass(frozen=True, slots=True)
class TransferSettings:
    """Whom the bot may connect callers with; the model chooses a name and never a number (reliability S2)."""

    targets: Mapping[str, Any] = field(
        default_factory=dict,
        metadata={"help": 'Names and numbers as JSON: {"sales": "+4930123456"}; the model chooses a name as `to`.'},
    )
    brief: str = field(
        default="",
        metadata={
            "help": "What the person hears before they take the call with the key 1; {{summary}} is what the model "
            "says of the caller. Empty: they are connected at once."
        },
    )
    sorry: str = field(
        default="Nobody could be reached there. Is there anything else that I can do?",
        metadata={"help": "What the bot says to the caller when nobody took the call."},
    )


def problems_with_transfer(spec: ToolSpec, settings: TransferSettings) -> Iterator[Finding]:
    """Find what is wrong with the targets."""
    if not settings.targets:
        yield "targets", "must name at least one number."
    if settings.brief and ACCEPT_KEY not in settings.brief:
        yield "brief", f"must tell the person to press {ACCEPT_KEY} to take the call."
    for name, number in settings.targets.items():
        if not isinstance(number, str) or not (_NUMBER.fullmatch(number) or _SIP.fullmatch(number)):
            yield "targets", f"gives {str(name)[:40]!r} no number such as +4930123456 and no SIP address."


def transfer(spec: ToolSpec, settings: TransferSettings, environment: ToolEnvironment) -> FunctionHandler:
    """Make the handler: it waits until what was said before is heard, then lets the line connect the caller."""

    async def hand_on(params: FunctionCallParams) -> None:
        phone = environment.phone
        if phone is None or not phone.can_transfer:
            raise NoPhoneLine("This call has no phone line, so it cannot be transferred.")
        names = list(settings.targets)
        name = str(params.arguments.get("to") or (names[0] if len(names) == 1 else ""))
        if name not in settings.targets:
            raise ToolArgumentsInvalid(f"'to' must be one of {', '.join(map(str, names))}.")
        await until_heard(params)
        summary = " ".join(str(params.arguments.get("summary") or NO_SUMMARY).split())[:MAX_SUMMARY]
        brief = settings.brief.replace("{{summary}}", summary)
        await phone.transfer(Transfer(name, str(settings.targets[name]), brief, settings.sorry))
        params.llm.journal.record("call.transferred", {"to": name})
        await params.result_callback({"transferred": name}, properties=FunctionCallResultProperties(run_llm=False))

    return hand_on


async def until_heard(params: FunctionCallParams) -> None:
    """Wait until the caller has heard what was said before, for six seconds at most."""
    ledger, clock = params.llm.ledger, params.llm.clock
    latest = clock.now() + HEARD_WITHIN_S
    while clock.now() < latest and any(
        not (segment.complete or segment.cut)
        for reply in ledger.open_replies
        for segment in ledger.segments_of(reply.id)
    ):
        await clock.sleep(LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class SendDigitsSettings:
    """Which keys are pressed."""

    digits: str = field(
        default="", metadata={"help": "Keys that are always sent, as 1234#; empty: the model gives them as `digits`."}
    )


def problems_with_digits(spec: ToolSpec, settings: SendDigitsSettings) -> Iterator[Finding]:
    """Find keys that no telephone has."""
    if settings.digits and _keys(settings.digits) is None:
        yield "digits", f"must be at most {MAX_DIGITS} of 0 to 9, * and #."


def send_digits(spec: ToolSpec, settings: SendDigitsSettings, environment: ToolEnvironment) -> FunctionHandler:
    """Make the handler: each key is a frame, in order with what is being said."""

    async def press(params: FunctionCallParams) -> None:
        phone = environment.phone
        if phone is None or not phone.can_send_digits:
            raise NoPhoneLine("This call has no phone line, so no keys can be sent.")
        keys = _keys(settings.digits or str(params.arguments.get("digits", "")))
        if not keys:
            raise ToolArgumentsInvalid(f"'digits' must be one to {MAX_DIGITS} of 0 to 9, * and #.")
        for key in keys:
            await params.llm.push_frame(OutputDTMFFrame(key))
        await params.result_callback({"sent": len(keys)})

    return press


def _keys(digits: str) -> list[KeypadEntry] | None:
    text = digits.replace(" ", "").replace("-", "")
    try:
        return [KeypadEntry(key) for key in text] if len(text) <= MAX_DIGITS else None
    except ValueError:
        return None
