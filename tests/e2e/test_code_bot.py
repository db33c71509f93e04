"""A bot in a Python file, run by the development runner and talked to in the browser (RUN-01…05, RUN-08, RUN-14)."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright, expect

from tests.e2e.console_page import FLAGS
from tests.e2e.house import PROJECT, environment

SAMPLE = PROJECT / "docs" / "guide" / "examples" / "code_bot.py"
READY = re.compile(r"is ready: (http://localhost:\d+/client)")


@asynccontextmanager
async def runner(folder: Path, *options: str) -> AsyncIterator[str]:
    """Run the sample; gives the page's address."""
    command = [sys.executable, "manage.py", "voice_bot", str(SAMPLE), "--port", "0", *options]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=PROJECT, env=environment(folder), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    assert process.stdout is not None
    said = ""
    try:
        async with asyncio.timeout(60):
            while (found := READY.search(said)) is None:
                line = await process.stdout.readline()
                assert line, said
                said += line.decode()
        yield found[1]
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("transport", ["webrtc", "websocket"])
async def test_a_bot_in_code_greets_and_answers_in_the_browser(tmp_path: Path, transport: str) -> None:
    async with runner(tmp_path, "-t", transport) as address, async_playwright() as play:
        browser = await play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = await (await browser.new_context(permissions=["microphone"])).new_page()
        await page.goto(address + ("?transport=ws" if transport == "websocket" else ""))
        await page.get_by_test_id("start").click()
        spoken = page.locator('[data-testid=turn][data-role="assistant"]')
        await expect(spoken.first).to_contain_text("How can I help you", timeout=30_000)
        await page.get_by_test_id("text-input").fill("hello")
        await page.keyboard.press("Enter")
        await expect(spoken).to_have_count(2, timeout=30_000)
        await page.get_by_test_id("end").click()
        await page.get_by_test_id("end-card").wait_for()
        await browser.close()


async def said_of(folder: Path, *options: Any) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "manage.py", "voice_bot", *map(str, options), cwd=PROJECT, env=environment(folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode
    return out.decode()


async def test_what_cannot_be_run_is_said_in_a_sentence(tmp_path: Path) -> None:  # RUN-03
    (tmp_path / "empty.py").write_text("")
    assert "has no function bot" in await said_of(tmp_path, tmp_path / "empty.py")
    assert "is not a Python file" in await said_of(tmp_path, tmp_path / "gone.py")
    assert "Daily" in await said_of(tmp_path, SAMPLE, "-t", "daily")
