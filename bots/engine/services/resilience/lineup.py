"""Who is asked next (LK-16)."""

from __future__ import annotations

from collections.abc import Sequence

from .attempt import Member
from .health import HealthBook


class Lineup:
    """The models of a bot in their order, and who of them was asked in this reply.

    Models that are down come last, and only as the bucket allows; a resting key is not used at all (P1, P18).
    """

    def __init__(self, members: Sequence[Member], book: HealthBook) -> None:
        self._members, self._book = tuple(members), book
        self._asked: list[str] = []

    @property
    def first(self) -> Member:
        """The model that the bot's author put first."""
        return self._members[0]

    def note(self, member: Member) -> None:
        """Note that a model was asked."""
        self._asked.append(member.key)

    def next(self) -> tuple[Member, str] | None:
        """Return the next model that was not asked yet, and why it is asked; None when nobody is left."""
        left = [member for member in self._members if member.key not in self._asked]
        for member in left:
            if self._book.is_available(member.key, member.account):
                self._book.first_try(member.key)
                return member, "fallback" if self._asked or member is not self._members[0] else "first"
        for member in left:
            if not self._book.is_resting(member.account) and self._book.take_extra(member.key):
                return member, "last_resort"
        return None

    def again(self, member: Member) -> bool:
        """Whether a model may be asked a second time in this reply, which is then accounted for (P2, P18)."""
        once = self._asked.count(member.key) == 1
        return once and not self._book.is_resting(member.account) and self._book.take_extra(member.key)
