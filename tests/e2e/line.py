"""A person or program at the server's HTTP door."""

from __future__ import annotations

import json
import re
from typing import Any, Self

import aiohttp

from tests.e2e.callers import Caller, PeerCaller, SocketCaller
from tests.e2e.house import House

CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
DATA = re.compile(r'<script id="console-data"[^>]*>(.*?)</script>', re.DOTALL)


class Line:
    """One HTTP client of a house, with its cookies; as a context manager it hangs up all its callers at the end."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.web = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.callers: list[Caller] = []
        self.csrf = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for caller in self.callers:
            await caller.stop()
        await self.web.close()

    async def sign_in(self, name: str, password: str) -> None:
        """Sign in as a person does, and read the console's token."""
        address = f"{self.house.base}/accounts/login/"
        async with self.web.get(address) as page:
            token = CSRF.search(await page.text())
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
        async with self.web.post(address, data=form, headers={"Referer": address}) as answer:
            page_data = DATA.search(await answer.text())
        assert page_data, "not signed in"
        self.csrf = json.loads(page_data[1])["csrf"]

    def headers(self, bot: str, **more: str) -> dict[str, str]:
        """A signed-in page's headers, or a program's."""
        if self.csrf:
            return {"X-CSRFToken": self.csrf, "Origin": self.house.base, **more}
        return {"Authorization": f"Bearer {self.house.keys.get(bot, '')}", **more}

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any, dict[str, str]]:
        """Send a request; answers status, JSON (or text) and headers."""
        async with self.web.request(method, self.house.base + path, allow_redirects=False, **options) as answer:
            raw = await answer.text()
            body = json.loads(raw) if "json" in answer.headers.get("Content-Type", "") else raw
            return answer.status, body, dict(answer.headers)

    async def start(self, bot: str, transport: str, **body: Any) -> dict[str, Any]:
        """Start a call and return the server's answer."""
        asked = {"transport": transport, "body": body}
        status, answer, _ = await self.ask("POST", f"/rtvi/{bot}/start", json=asked, headers=self.headers(bot))
        assert status == 200, answer
        return dict(answer)

    async def over_socket(self, bot: str, *, rate: int = 16_000, **body: Any) -> SocketCaller:
        """Start a call over a WebSocket and shake hands; the microphone is open."""
        caller = SocketCaller(rate)
        self.callers.append(caller)
        await caller.connect(self.web, await self.start(bot, "websocket", **body))
        await caller.ready()
        caller.open_microphone()
        return caller

    async def over_peer(self, bot: str, **body: Any) -> PeerCaller:
        """Start a call over WebRTC and shake hands."""
        session = (await self.start(bot, "webrtc", **body))["sessionId"]
        caller = PeerCaller()
        self.callers.append(caller)
        path = f"/rtvi/{bot}/sessions/{session}/api/offer"
        status, answer, _ = await self.ask("POST", path, json=await caller.offer(), headers=self.headers(bot))
        assert status == 200, answer
        await caller.take(answer)
        await caller.ready()
        return caller
