"""Takes the documentation's pictures from a real spoken call: ``python scripts/screenshots.py`` writes docs/images.

A fresh installation, its server, Chromium with recorded speech for a microphone. The call asks the greeter for the time
and for a story, and talks over the story.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from playwright.async_api import Page  # noqa: E402

from tests.e2e.browser import ConsolePage, chromium  # noqa: E402
from tests.e2e.house import House, Template  # noqa: E402
from tests.e2e.line import Line  # noqa: E402
from tests.e2e.speech import microphone_file, spoken  # noqa: E402

IMAGES = PROJECT / "docs" / "images"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SPEECH = (13.0, spoken("What time is it?"), 6.5, spoken("Tell me a story."), 7.5, spoken("Please wait."), 40.0)


async def shoot(page: Page, name: str) -> None:
    """Take one page in light and dark, and as a telephone shows it."""
    for theme in ("light", "dark"):
        await dress(page, theme)
        await page.screenshot(path=IMAGES / f"{name}-{theme}.png")
    await dress(page, "light")
    await page.set_viewport_size(NARROW)
    await page.wait_for_timeout(300)
    latest = page.locator(".to-end")
    if await latest.count():
        await latest.click()
    await page.screenshot(path=IMAGES / f"{name}-390.png")
    await page.set_viewport_size(WIDE)


async def dress(page: Page, theme: str) -> None:
    """Show the page in a theme, as the person's system would ask for it."""
    await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    await page.wait_for_timeout(250)


async def converse(console: ConsolePage) -> str:
    """Hold the call, take the console's pictures in the middle of the story's end, and return the call's id."""
    await console.sign_in("/console/greeter/?transport=webrtc")
    await console.talk()
    cut = console.page.locator('[data-testid=turn][data-interrupted="true"]')
    await cut.wait_for(timeout=90_000)
    await console.turns("assistant").nth(3).wait_for(timeout=20_000)
    await console.page.wait_for_timeout(2000)
    await shoot(console.page, "console")
    call_id = await console.call_id()
    await console.hang_up()
    return call_id


async def main() -> None:
    """Make everything, take all pictures, clean up."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        house = Template.make(Path(folder, "template")).copy(Path(folder, "data"))
        await house.start()
        try:
            await other_calls(house)
            await take_all(house, microphone_file(Path(folder, "speech.wav"), *SPEECH))
        finally:
            await house.stop()


async def other_calls(house: House) -> None:
    """Hold two more calls, typed, so that the list has something to list."""
    async with Line(house) as line:
        for bot, words in (("appointments", ("Tomorrow morning please.",)), ("quiz", ("Yes.", "Paris."))):
            caller = await line.over_socket(bot)
            await caller.greeted()
            for number, text in enumerate(words, 2):
                await caller.type(text)
                await caller.get("bot-stopped-speaking", number, seconds=40)
            await caller.hang_up()
            await house.final(caller.call_id)


async def take_all(house: House, microphone: Path) -> None:
    """Talk, then visit the call list, the call and the bot."""
    async with chromium(house, microphone) as console:
        call_id = await converse(console)
        await house.final(call_id)
        await asyncio.sleep(3)
        page = console.page
        (bot,) = house.rows("select id from bots_bot where slug = 'greeter'")
        for name, path in (
            ("call-list", "/calls/"),
            ("call-page", f"/calls/{call_id}/"),
            ("bot-page", f"/admin/bots/bot/{bot['id']}/change/"),
        ):
            await page.goto(house.base + path)
            await page.wait_for_load_state("networkidle")
            await shoot(page, name)
    for path in sorted(IMAGES.glob("*.png")):
        print(path.relative_to(PROJECT), path.stat().st_size)


if __name__ == "__main__":
    asyncio.run(main())
