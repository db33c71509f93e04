"""Which of several services of one kind are well, and when one that failed may be tried again (PAR-05; P3, P18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

REST_S, LONGEST_REST_S = 30.0, 300.0
TRIAL_S = 10.0


@dataclass(slots=True)
class _State:
    ill: bool = False
    until: float = 0.0
    rest: float = REST_S
    tried: bool = False


class Standing:
    """Remembers failures by key. Times are seconds of ``now``.

    A service that fails rests for ``rest_s`` seconds, twice as long each time it fails its trial. When the rest is over
    one caller may try it; the others go on as before until it worked. Share one between the calls of a process, and an
    outage costs one call its wait, not every call.
    """

    def __init__(
        self, now: Callable[[], float], *, rest_s: float = REST_S, longest_rest_s: float = LONGEST_REST_S
    ) -> None:
        self._now, self._rest, self._longest = now, rest_s, longest_rest_s
        self._states: dict[str, _State] = {}

    def _state(self, key: str) -> _State:
        return self._states.setdefault(key, _State(rest=self._rest))

    def is_well(self, key: str) -> bool:
        """Whether the service did not fail since it last worked."""
        return not self._state(key).ill

    def failed(self, key: str, *, hopeless: bool = False) -> None:
        """Note a failure; of a service that rests already it counts only when it failed its trial.

        ``hopeless``: nothing will change until somebody mends a setting (P15), so it takes the longest rest at once.
        """
        state = self._state(key)
        if state.ill and not state.tried:
            return
        if hopeless:
            state.rest = self._longest
        state.until = self._now() + state.rest
        state.rest = min(state.rest * 2, self._longest)
        state.ill, state.tried = True, False

    def worked(self, key: str) -> None:
        """Note that the service does its work."""
        self._states[key] = _State(rest=self._rest)

    def claim_trial(self, key: str) -> bool:
        """Whether the service rested long enough and may be tried now by whoever asked; others wait meanwhile."""
        state = self._state(key)
        if not state.ill or self._now() < state.until:
            return False
        state.until, state.tried = self._now() + TRIAL_S, True
        return True

    def line_up(self, keys: Sequence[str]) -> list[str]:
        """Return the keys in the order in which to try them: well ones as they stand, then those that rest."""
        first = [key for key in keys if self.is_well(key)]
        return first + sorted((key for key in keys if key not in first), key=lambda key: self._state(key).until)

    def better_than(self, key: str, keys: Sequence[str]) -> str | None:
        """Return a service that stands before ``key`` and may work again; claims its trial where it needs one."""
        for other in keys:
            if other == key:
                return None
            if self.is_well(other) or self.claim_trial(other):
                return other
        return None
