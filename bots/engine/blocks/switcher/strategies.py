"""Who decides which service works (PAR-05)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from bots.engine.blocks.errors import positive
from bots.engine.errors import SpecError, ToolError
from bots.engine.frames import ErrorFrame, ManuallySwitchServiceFrame
from bots.engine.services.standing import LONGEST_REST_S, REST_S, Standing

if TYPE_CHECKING:
    from .switcher import ServiceSwitcher


class ServiceSwitcherStrategy(ABC):
    """Is asked by its switcher when something happens; switches by ``switcher.switch_to(index, reason)``."""

    def attach(self, switcher: ServiceSwitcher) -> None:
        """Take the switcher, once its pipeline is set up."""
        self.switcher = switcher

    async def on_frame(self, frame: ManuallySwitchServiceFrame, index: int) -> None:
        """Somebody asks for a service by frame; it is switched to."""
        await self.switcher.switch_to(index, "manual")

    @abstractmethod
    async def on_error(self, index: int, frame: ErrorFrame) -> bool:
        """A service failed; return whether another stands in for it, so that the failure ends nothing."""

    async def on_boundary(self) -> None:  # noqa: B027 (a hook)
        """Something new is about to begin: a switch now breaks nothing off."""


class ServiceSwitcherStrategyManual(ServiceSwitcherStrategy):
    """Switches only when a :class:`ManuallySwitchServiceFrame` asks for it."""

    async def on_error(self, index: int, frame: ErrorFrame) -> bool:
        return False


class ServiceSwitcherStrategyFailover(ServiceSwitcherStrategy):
    """Lets the next service work when one fails, and the better one again when it has rested.

    Services stand in the order of preference. ``rest_s`` seconds after a failure the better service gets a trial at the
    next boundary; the rest doubles up to ``longest_rest_s`` while trials fail. ``standing`` shares that knowledge
    between calls, by the services' keys. Wrong settings and failed tools are no illness. Raises ``block.setting``.
    """

    def __init__(
        self,
        *,
        standing: Standing | None = None,
        keys: tuple[str, ...] = (),
        rest_s: float = REST_S,
        longest_rest_s: float = LONGEST_REST_S,
    ) -> None:
        self._rest, self._longest = positive("rest_s", rest_s), positive("longest_rest_s", longest_rest_s)
        self._given, self._keys = standing, keys

    def attach(self, switcher: ServiceSwitcher) -> None:
        super().attach(switcher)
        self._standing = self._given or Standing(switcher.clock.now, rest_s=self._rest, longest_rest_s=self._longest)
        self._keys = self._keys or tuple(service.name for service in switcher.services)
        self._clean = False

    async def on_error(self, index: int, frame: ErrorFrame) -> bool:
        if isinstance(frame.exception, SpecError | ToolError):
            return False
        self._standing.failed(self._keys[index], hopeless=frame.owner == "author")
        others = [key for key in self._standing.line_up(self._keys) if key != self._keys[index]]
        if not others:
            return False
        if index == self.switcher.active_index:
            self._clean = False
            await self.switcher.switch_to(self._keys.index(others[0]), frame.code, failed=True)
        return True

    async def on_boundary(self) -> None:
        active = self._keys[self.switcher.active_index]
        if self._clean:
            self._standing.worked(active)
        self._clean = True
        better = self._standing.better_than(active, self._keys)
        if better is not None and await self.switcher.ready(self._keys.index(better)):
            self._clean = False
            await self.switcher.switch_to(self._keys.index(better), "recovered")
