"""What a simulated caller does: lines of a script, each waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .call import EmulatedCall

Voice = Callable[["Step"], Awaitable[bytes]]
"""Makes the sound of a step: s16le at 8 kHz."""

LOOK_S = 0.05
PATIENCE_S = 30.0
KEYS_ANSWERED_S = 4.0
"""A bot need not answer keys."""


class ScriptWrong(Exception):
    """A line that nobody can act on."""


@dataclass(frozen=True, slots=True)
class Step:
    """One act: ``say``, ``wav`` (a file), ``cut`` (say after so many seconds of the bot's speech), ``first`` (say at
    once), ``beep``, ``keys``, ``wait``, ``hang_up``.
    """

    act: str
    text: str = ""
    seconds: float = 0.0


def read_script(text: str) -> list[Step]:
    """Read a script; empty lines and those that begin with # say nothing. Raises :class:`ScriptWrong`."""
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip().split(maxsplit=1)
        if not words or words[0].startswith("#"):
            continue
        rest = words[1] if len(words) > 1 else ""
        try:
            steps.append(_step(words[0].lower(), rest))
        except (ValueError, IndexError):
            raise ScriptWrong(f"Line {number} cannot be read: {line.strip()[:80]}") from None
    return steps


def _step(act: str, rest: str) -> Step:
    if act in ("say", "wav", "first") and rest:
        return Step(act, rest)
    if act == "cut":
        seconds, _, text = rest.partition(" ")
        return Step("cut", text.strip() or "stop", float(seconds))
    if act == "keys" and rest:
        return Step("keys", rest)
    if act == "wait":
        return Step("wait", seconds=float(rest))
    if act in ("hang", "hangup"):
        return Step("hang_up")
    if act == "beep":
        return Step("beep")
    raise ValueError(act)


async def act_out(call: EmulatedCall, steps: list[Step], voice: Voice) -> None:
    """Do what the script says; before each text the bot must have spoken and be silent for a second."""
    await call.receiver.connected.wait()
    for step in steps:
        if step.act == "wait":
            await _unless_over(call, asyncio.sleep(step.seconds))
        elif step.act == "keys":
            await _press(call, step.text)
        elif step.act == "hang_up":
            await _until(call, lambda: call.is_waiting)
            call.hang_up()
        else:
            await _speak(call, step, await voice(step))
        if call.over.is_set():
            return
    await _until(call, call.over.is_set)


async def _speak(call: EmulatedCall, step: Step, pcm: bytes) -> None:
    if step.act == "cut":
        await _until(call, lambda: call.ear.spoken_for() > step.seconds)
    elif step.act not in ("first", "beep"):
        await _until(call, lambda: call.is_waiting)
    call.note("said", text=step.text, cut=step.act == "cut")
    call.receiver.say(pcm)
    await _until(call, lambda: not call.receiver.is_talking)
    if step.act in ("say", "wav", "cut"):
        # The bot's answer, before anything else is said.
        before = call.ear.loud_until
        await _until(call, lambda: call.ear.loud_until > before)


async def _press(call: EmulatedCall, keys: str) -> None:
    await _until(call, lambda: call.is_waiting)
    before = call.ear.loud_until
    await call.press(keys)
    await _until(call, lambda: call.ear.loud_until > before, KEYS_ANSWERED_S)


async def _until(call: EmulatedCall, seen: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for something, for half a minute, or until the call is over."""
    begun = call.now()
    while not seen() and not call.over.is_set() and call.now() - begun < patience_s:  # noqa: ASYNC110 (many facts)
        await asyncio.sleep(LOOK_S)


async def _unless_over(call: EmulatedCall, work: Any) -> None:
    waiting = asyncio.ensure_future(work)
    over = asyncio.ensure_future(call.over.wait())
    await asyncio.wait({waiting, over}, return_when=asyncio.FIRST_COMPLETED)
    for task in (waiting, over):
        task.cancel()
