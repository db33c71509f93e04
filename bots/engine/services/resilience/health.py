"""Which models are well, for all calls of a process (LK-16; P1, P3, P18).

Each endpoint has a circuit: closed while it answers, open after failures, closed again by a probe that succeeds. Keys
rest after a rate limit. Requests that are not a caller's first try (retries, hedges, probes, last resorts) draw from a
bucket per endpoint, so that an outage is not met by a storm.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from bots.engine.clock import BaseClock
from bots.engine.errors import EngineError
from bots.engine.services.percentiles import Percentiles

from .failures import Treatment, treatment_of

log = logging.getLogger(__name__)

FAILURES_TO_OPEN = 2
FIRST_REST_S, LONGEST_REST_S = 5.0, 30.0
JITTER = 0.2

BUCKET = 10.0
EARNED_PER_REQUEST = 0.2
EARNED_PER_SECOND = 0.2


@dataclass(slots=True)
class Bucket:
    """Tokens for requests beyond the first tries; full at first. A fifth of the load and a trickle refill it (P18)."""

    tokens: float = BUCKET
    at: float = 0.0

    def earn(self, now: float, requests: int) -> None:
        """Refill by the time that went by and by first tries that were made."""
        gained = (now - self.at) * EARNED_PER_SECOND + requests * EARNED_PER_REQUEST
        self.tokens, self.at = min(BUCKET, self.tokens + gained), now

    def take(self, now: float) -> bool:
        """Take one token; False when there is none."""
        self.earn(now, 0)
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass(slots=True)
class Circuit:
    """One endpoint's health. Times are seconds of the book's clock; ``until`` is when it may be probed."""

    failures: int = 0
    is_open: bool = False
    until: float = 0.0
    rest_s: float = FIRST_REST_S
    probing: bool = False
    bucket: Bucket = field(default_factory=Bucket)
    ttft: Percentiles = field(default_factory=Percentiles)


class HealthBook:
    """The circuits and resting keys of a process; one per event loop, shared by its calls.

    ``key`` names an endpoint (server and model), ``account`` a key of a provider. Never holds a secret.
    """

    def __init__(self, clock: BaseClock) -> None:
        self._clock = clock
        self._circuits: dict[str, Circuit] = {}
        self._resting: dict[str, float] = {}

    def circuit(self, key: str) -> Circuit:
        """Return an endpoint's circuit; a new one is closed."""
        if (known := self._circuits.get(key)) is None:
            known = self._circuits[key] = Circuit(bucket=Bucket(at=self._clock.now()))
        return known

    def snapshot(self) -> dict[str, dict[str, object]]:
        """Return every endpoint's state and its percentiles of seconds to the first token (LK-18)."""
        return {
            key: {"available": not circuit.is_open, "failures": circuit.failures, "ttft": circuit.ttft.summary()}
            for key, circuit in self._circuits.items()
        }

    # -- may it be asked ----------------------------------------------------------------------------------------------

    def is_available(self, key: str, account: str = "") -> bool:
        """Whether an endpoint is well and its key is not resting: the availability flag (LK-16)."""
        return not self.circuit(key).is_open and not self.is_resting(account)

    def is_resting(self, account: str) -> bool:
        """Whether a key may not be used now, with any model (P1)."""
        return self._resting.get(account, 0.0) > self._clock.now()

    def first_try(self, key: str) -> None:
        """Note a request that a caller's turn asks for."""
        self.circuit(key).bucket.earn(self._clock.now(), 1)

    def take_extra(self, key: str) -> bool:
        """Whether one more request beyond first tries may go to this endpoint now; if so, it is accounted for (P18)."""
        return self.circuit(key).bucket.take(self._clock.now())

    def begin_probe(self, key: str, account: str = "") -> bool:
        """Whether a probe is due, allowed, and not under way in any call; if so it begins."""
        circuit, now = self.circuit(key), self._clock.now()
        if not circuit.is_open or circuit.probing or now < circuit.until or self.is_resting(account):
            return False
        if not circuit.bucket.take(now):
            return False
        circuit.probing = True
        return True

    def end_probe(self, key: str) -> None:
        """A probe is over, whatever it found."""
        self.circuit(key).probing = False

    # -- what happened ------------------------------------------------------------------------------------------------

    def succeeded(self, key: str, ttft: float | None = None) -> bool:
        """Close the circuit and note the seconds to the first token; return whether it was open."""
        circuit = self.circuit(key)
        if ttft is not None:
            circuit.ttft.add(ttft)
        was_open = circuit.is_open
        if was_open:
            log.info("a language model is well again", extra={"endpoint": key})
        circuit.failures, circuit.is_open, circuit.rest_s = 0, False, FIRST_REST_S
        return was_open

    def failed(
        self, key: str, account: str, error: EngineError, *, probe: bool = False, midway: bool = False
    ) -> Treatment:
        """Count a failure, open the circuit when it is one too many, rest the key where told; return the judgement.

        Only a failed ``probe`` makes an open circuit's rest longer: the calls that run into it all at once do not.
        """
        circuit, now = self.circuit(key), self._clock.now()
        treatment = treatment_of(error, midway=midway)
        if treatment.key_rests_s:
            self._resting[account] = max(self._resting.get(account, 0.0), now + self._jittered(treatment.key_rests_s))
        if treatment.blameless:
            return treatment
        circuit.failures += 1
        if not circuit.is_open and (treatment.down or circuit.failures >= FAILURES_TO_OPEN):
            circuit.is_open = True
            log.warning("a language model is put aside", extra={"endpoint": key, "code": error.code})
            circuit.until = now + self._jittered(max(circuit.rest_s, treatment.key_rests_s))
        elif circuit.is_open and probe:
            circuit.rest_s = min(2 * circuit.rest_s, LONGEST_REST_S)
            circuit.until = now + self._jittered(circuit.rest_s)
        return treatment

    def _jittered(self, seconds: float) -> float:
        """Add up to a fifth by chance, so that many calls and processes do not come back in one moment (P18)."""
        return seconds * (1.0 + self._clock.random.uniform(0.0, JITTER))
