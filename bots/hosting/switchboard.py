"""Every call of this process, and what they share; bound to the serving event loop."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from bots.actions.call_tokens import call_to_resume, consume_call_token, digest, issue_resume_token
from bots.actions.claim_call import claim_call
from bots.actions.errors import ActionError
from bots.actions.finish_call import finish_call
from bots.actions.start_call import no_files
from bots.assembly import spec_from
from bots.engine.core.outcome import EndReason
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.models import Bot, Call, UnreadableCredential
from bots.selectors.credentials import secrets_for, tool_secrets_for

from .database import in_database
from .host import CallFacts, CallHost
from .phone import Telephone

log = logging.getLogger(__name__)

DRAIN_END_S = 4.0


class Switchboard:
    """Opens and finds calls. ``sessions`` maps digests of spent tokens to the calls that they opened.

    ``shared`` are the speech engines, ``providers`` the rows that bots choose from; by default the installation's own.
    """

    def __init__(self, shared: SharedResources | None = None, providers: Sequence[Provider] = PROVIDERS) -> None:
        self.shared = shared or SharedResources(recognisers=int(settings.VOICE["MAX_CALLS"]))
        self._providers = providers
        self._opening: dict[uuid.UUID, asyncio.Lock] = {}
        self.hosts: dict[uuid.UUID, CallHost] = {}
        self.sessions: dict[str, uuid.UUID] = {}
        self.draining = False

    # -- opening -------------------------------------------------------------------------------------------------------

    async def open(self, bot_slug: str, token: str) -> CallHost:
        """Spend a call token and return the running call it opens or comes back to.

        Raises ActionError: ``token.invalid``, ``call.gone`` or ``server.draining``.
        """
        call_id = await in_database(_spend, bot_slug, token)
        async with self._opening.setdefault(call_id, asyncio.Lock()):
            try:
                host = self.hosts.get(call_id) or await self._launch(call_id)
            finally:
                self._opening.pop(call_id, None)
        self.sessions[digest(token)] = call_id
        return host

    async def open_call(self, call_id: uuid.UUID, telephone: Telephone) -> CallHost:
        """Run a call that a telephone brings; who asks has made sure that it may.

        Raises ActionError: ``call.taken`` for one that runs already, ``call.gone`` or ``server.draining``.
        """
        async with self._opening.setdefault(call_id, asyncio.Lock()):
            try:
                if call_id in self.hosts:
                    raise ActionError("call.taken", "This call has its line already.", http_status=409)
                return await self._launch(call_id, telephone)
            finally:
                self._opening.pop(call_id, None)

    async def _launch(self, call_id: uuid.UUID, telephone: Telephone | None = None) -> CallHost:
        if self.draining:
            raise draining()
        try:
            facts = await in_database(_load, call_id)
            host = CallHost(facts, self.shared, self._over, self._providers, telephone)
        except OSError as error:
            log.exception("a call's files cannot be made", extra={"call": str(call_id)})
            raise await _refused(call_id, no_files()) from error
        except UnreadableCredential as error:
            raise await _refused(call_id, _unreadable_key()) from error
        self.hosts[call_id] = host
        host.launch()
        return host

    def of_session(self, session: str) -> CallHost | None:
        """Return the call that a session id (a spent token) opened, while it runs."""
        call_id = self.sessions.get(digest(session))
        return self.hosts.get(call_id) if call_id is not None else None

    def runs(self, call_id: uuid.UUID) -> bool:
        """Whether this process runs the call."""
        return call_id in self.hosts

    def _over(self, host: CallHost) -> None:
        self.hosts.pop(host.facts.id, None)
        for session in [key for key, call_id in self.sessions.items() if call_id == host.facts.id]:
            del self.sessions[session]

    # -- closing -------------------------------------------------------------------------------------------------------

    async def drain(self, seconds: float) -> None:
        """Take no new calls, wait for the running ones, then say goodbye to those that are left (I1)."""
        self.draining = True
        if await self._wait(seconds):
            return
        log.info("calls are ended for the shutdown", extra={"calls": len(self.hosts)})
        for host in list(self.hosts.values()):
            await host.end_politely()
        if not await self._wait(DRAIN_END_S):
            for host in list(self.hosts.values()):
                await host.end(EndReason.SERVER_SHUTDOWN)
            await self._wait(DRAIN_END_S)

    async def _wait(self, seconds: float) -> bool:
        tasks = [host.task for host in self.hosts.values() if host.task is not None]
        if tasks and seconds > 0:
            await asyncio.wait(tasks, timeout=seconds)
        return not self.hosts

    async def close(self) -> None:
        """Stop what the calls shared."""
        await self.shared.close()


def draining() -> ActionError:
    """The refusal of new calls by a server that is about to stop."""
    return ActionError(
        "server.draining", "This server is being restarted.", owner="us", next_step="Try again in a minute.",
        http_status=503,
    )  # fmt: skip


def _unreadable_key() -> ActionError:
    return ActionError(
        "credential.unreadable", "A key that this bot needs cannot be opened.", owner="us",
        next_step="Enter the key anew under Credentials.", http_status=503,
    )  # fmt: skip


async def _refused(call_id: uuid.UUID, error: ActionError) -> ActionError:
    """Make a call that cannot be hosted final, and return what its caller is told."""
    await in_database(
        finish_call, call_id=call_id, reason=EndReason.START_FAILED.value, duration_s=0.0, error_code=error.code,
        owner=error.owner,
    )  # fmt: skip
    return error


def _spend(bot_slug: str, token: str) -> uuid.UUID:
    bot = Bot.objects.filter(slug=bot_slug).first()
    if bot is None:
        raise ActionError("bot.unknown", "There is no such bot.", next_step="Check the address.", http_status=404)
    spent = consume_call_token(token, bot=bot)
    if spent.call is None or spent.call.is_final:
        raise ActionError("call.gone", "This call is over.", next_step="Start a new call.", http_status=409)
    return spent.call.pk


def _load(call_id: uuid.UUID) -> CallFacts:
    epoch = claim_call(call_id)
    call = Call.objects.select_related("bot", "version").get(pk=call_id)
    return CallFacts(
        id=call.pk,
        epoch=epoch,
        bot_id=call.bot_id,
        bot_slug=call.bot.slug,
        version=call.version.number if call.version else None,
        user_id=call.user_id or 0,
        spec=spec_from(call.spec),
        history=tuple(call.context or ()) if call.continued_from_id else (),
        secrets=secrets_for(call.spec),
        tool_secrets=tool_secrets_for(call.spec),
        resume_token=issue_resume_token(call),
    )


def resumable_call(*, resume: str, user: Any, bot: Bot, switchboard: Switchboard) -> Call:
    """Return the running call of this process that a resume token belongs to; raises ActionError ``call.gone``."""
    call = call_to_resume(resume, user=user, bot=bot)
    if not switchboard.runs(call.pk):
        raise ActionError("call.gone", "This call is over.", next_step="Start a new call.", http_status=409)
    return call


_switchboard: Switchboard | None = None


def switchboard() -> Switchboard:
    """Return the process's switchboard, made at first use."""
    global _switchboard  # noqa: PLW0603 (one a process)
    if _switchboard is None:
        _switchboard = Switchboard()
    return _switchboard


def install_switchboard(board: Switchboard | None) -> None:
    """Use this switchboard from now on, or a new one at its first use; for servers that start again in one process."""
    global _switchboard  # noqa: PLW0603 (one a process)
    _switchboard = board
