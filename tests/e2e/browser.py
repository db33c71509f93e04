"""Headless Chromium with a file for a microphone, and what its loudspeaker played."""

from __future__ import annotations

import base64
import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.async_api import Locator, Page, async_playwright, expect

from tests.e2e.house import AS_ROOT, House
from tests.services import program

FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Listens to whatever the page sends to a loudspeaker: Web Audio's destination, or a media element's stream.
EAR = """
(() => {
  const ears = window.ears = [];
  const connect = AudioNode.prototype.connect;
  const listen = (context, source) => {
    const node = context.createScriptProcessor(1024, 1, 1);
    const ear = { rate: context.sampleRate, pieces: [], times: [], levels: [] };
    ears.push(ear);
    node.onaudioprocess = (event) => {
      const samples = event.inputBuffer.getChannelData(0);
      let sum = 0;
      const piece = new Int16Array(samples.length);
      for (let i = 0; i < samples.length; i += 1) {
        sum += samples[i] * samples[i];
        piece[i] = Math.max(-1, Math.min(1, samples[i])) * 32767;
      }
      ear.pieces.push(piece);
      ear.times.push(performance.now());
      ear.levels.push(Math.sqrt(sum / samples.length));
    };
    connect.call(source, node);
    connect.call(node, context.destination);
  };
  AudioNode.prototype.connect = function (target, ...more) {
    if (target instanceof AudioDestinationNode && this instanceof AudioWorkletNode) listen(this.context, this);
    return connect.call(this, target, ...more);
  };
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (!(stream instanceof MediaStream) || !stream.getAudioTracks().length) return;
      const context = new AudioContext();
      listen(context, context.createMediaStreamSource(stream));
    },
  });
})();
"""
TAKE = """() => {
  const loudness = (ear) => ear.levels.reduce((sum, level) => sum + level, 0);
  const { pieces, rate, times, levels } = window.ears.sort((a, b) => loudness(b) - loudness(a))[0];
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const all = new Int16Array(size);
  let at = 0;
  for (const piece of pieces) { all.set(piece, at); at += piece.length; }
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { rate, pcm: btoa(text), times, levels };
}"""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the page played: s16le mono, and the level (full scale is 1) at times of the page's clock, in ms."""

    rate: int
    pcm: bytes
    times: list[float]
    levels: list[float]

    def loud_after(self, time_ms: float) -> list[float]:
        """The times after the given one at which something sounded."""
        return [time for time, level in zip(self.times, self.levels, strict=True) if level > 0.01 and time > time_ms]


class ConsolePage:
    """The console in one tab, as a person uses it."""

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house = page, house

    async def sign_in(self, path: str = "/console/", name: str = "admin", password: str = "") -> None:
        """Sign in on the way to a page."""
        await self.page.goto(f"{self.house.base}/accounts/login/?next={quote(path)}")
        await self.page.fill("[name=username]", name)
        await self.page.fill("[name=password]", password or self.house.password)
        await self.page.click("button[type=submit], .primary")
        await self.page.wait_for_url(f"**{path}")

    async def talk(self) -> None:
        """Start a spoken call and wait until it runs."""
        await self.page.get_by_test_id("start").click()
        await self.live()

    async def live(self, seconds: float = 30) -> None:
        """Wait until a call runs and its first message has come."""
        running = re.compile("listening|thinking|speaking")
        await expect(self.badge).to_have_attribute("data-state", running, timeout=seconds * 1000)

    @property
    def badge(self) -> Locator:
        """The transport in use."""
        return self.page.get_by_test_id("transport-badge")

    def turns(self, role: str) -> Locator:
        """The transcript's entries of ``user`` or ``assistant``."""
        return self.page.locator(f'[data-testid=turn][data-role="{role}"]')

    def words(self, turn: int, *, heard: bool = True) -> Locator:
        """The heard (or not heard) words of one of the bot's entries, counted from 0."""
        flag = str(heard).lower()
        return self.turns("assistant").nth(turn).locator(f'[data-testid=word][data-heard="{flag}"]')

    async def said(self, turn: int) -> None:
        """Wait until one of the bot's entries has been heard to its end."""
        await expect(self.words(turn).first).to_be_attached(timeout=30_000)
        await expect(self.words(turn, heard=False)).to_have_count(0, timeout=30_000)
        await self.state("listening")

    async def call_id(self) -> str:
        """The call that the tab keeps."""
        kept = await self.page.evaluate("JSON.parse(sessionStorage.getItem('voiceapp-call') ?? '{}').id")
        assert kept, "the page keeps no call"
        return str(kept)

    async def state(self, name: str, seconds: float = 30) -> None:
        """Wait until the call is listening, thinking or speaking."""
        await expect(self.badge).to_have_attribute("data-state", name, timeout=seconds * 1000)

    async def hang_up(self) -> None:
        """End the call and wait for its card."""
        await self.page.get_by_test_id("end").click()
        await self.page.get_by_test_id("end-card").wait_for()

    async def heard(self) -> Heard:
        """What the page has played so far."""
        found = await self.page.evaluate(TAKE)
        return Heard(round(found["rate"]), base64.b64decode(found["pcm"]), found["times"], found["levels"])


@asynccontextmanager
async def chromium(house: House, microphone: Path | None = None, *flags: str) -> AsyncIterator[ConsolePage]:
    """Open Chromium where the house is (also when that is a network of its own) with a file for a microphone."""
    wanted = [*FLAGS, *flags]
    if microphone is not None:
        wanted.append(f"--use-file-for-fake-audio-capture={microphone}%noloop")
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=beside(house), args=wanted)
        try:
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            await context.add_init_script(EAR)
            await context.grant_permissions(["microphone"])
            yield ConsolePage(await context.new_page(), house)
        finally:
            await browser.close()


def beside(house: House) -> str:
    """The program that starts Chromium in the network of the house's server."""
    path = program("chromium")
    if not house.cut_off:
        return path
    assert house.process is not None
    script = house.folder / "chromium"
    also = "" if AS_ROOT else "--user --preserve-credentials"
    script.write_text(f'#!/bin/sh\nexec nsenter --target {house.process.pid} --net {also} {path} "$@"\n')
    script.chmod(stat.S_IRWXU)
    return str(script)
