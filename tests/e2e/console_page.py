"""A real Chromium on the console page of a running house, with the calls answered by a Peer."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from .console_peer import Peer

FLAGS = ["--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
REFUSE_MICROPHONE = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (!window.microphoneAllowed) throw new DOMException("refused", "%s");
  return real(wish);
};
"""
SILENT_MICROPHONE = """
navigator.mediaDevices.getUserMedia = async () => new AudioContext().createMediaStreamDestination().stream;
"""
INSECURE = """
Object.defineProperty(window, "isSecureContext", { value: false });
Object.defineProperty(navigator, "mediaDevices", { value: undefined });
"""


@dataclass
class Console:
    """The page, who it talks to, and what went wrong in it."""

    context: BrowserContext
    page: Page
    peer: Peer
    address: str
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    async def open(self, path: str = "/console/desk/", query: str = "?transport=ws") -> None:
        """Load the console."""
        await self.page.goto(f"{self.address}{path}{query}")
        await self.page.wait_for_selector("[data-testid=state]")

    async def state(self, name: str, page: Page | None = None) -> None:
        """Wait until the page shows that state."""
        await (page or self.page).wait_for_selector(f"[data-testid=state][data-state={name}]", timeout=20000)

    async def start(self) -> None:
        """Start a call and wait until the bot is there."""
        await self.page.click("[data-testid=start]")
        await self.page.wait_for_selector("[data-testid=text-input]:enabled")

    def one(self, testid: str) -> Any:
        """The element with that test id."""
        return self.page.get_by_test_id(testid)


def watched(console: Console, page: Page) -> Page:
    """Note every host a page asks and every complaint it makes."""
    page.on("request", lambda request: console.hosts.add(request.url.split("/")[2]) if "://" in request.url else None)
    page.on("pageerror", lambda error: console.errors.append(str(error)))
    page.on(
        "console",
        lambda line: console.errors.append(line.text) if "Content Security Policy" in line.text else None,
    )
    return page


@asynccontextmanager
async def console_page(
    address: str, cookies: dict[str, str], *, script: str = "", **options: Any
) -> AsyncIterator[Console]:
    """Open a browser that is signed in; ``script`` runs before the page's own."""
    async with async_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = await browser.new_context(permissions=["microphone"], **options)
        await context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        if script:
            await context.add_init_script(script)
        console = Console(context, await context.new_page(), Peer(), address)
        watched(console, console.page)
        await console.peer.serve(context)
        try:
            yield console
        finally:
            await browser.close()
