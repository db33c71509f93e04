"""A person adds a carrier account, tests it and attaches a number, in Chromium, against an emulated carrier."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from playwright.async_api import Page, expect

from telephony.emulation.exchange import Exchange
from telephony.models import CarrierAccount, PhoneNumber
from tests.bots.factories import make_bot, make_user
from tests.telephony.exchanges import running_exchange

from .console_page import Console, console_page

NUMBER = "+4930123456"
SECRET = "c4n4ry-5ecret"


@pytest.fixture
def exchange(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Exchange]:
    """A carrier with one number, and a public address that leads to the server under test."""
    make_bot("desk", name="Clinic desk")
    with running_exchange() as running:
        running.numbers["PN1"] = {"number": NUMBER}
        settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": live_server.url,
                          "CARRIER_EMULATOR": f"http://127.0.0.1:{running.port}"}  # fmt: skip
        yield running


@pytest.fixture
def cookies(exchange: Exchange) -> dict[str, str]:
    """An administrator who is signed in."""
    client = Client()
    client.force_login(make_user("root", staff=True, superuser=True))
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
async def browser(cookies: dict[str, str], live_server: Any) -> AsyncIterator[Console]:
    """A telephone's screen: what fits there fits anywhere."""
    async with console_page(live_server.url, cookies, viewport={"width": 390, "height": 844}) as opened:
        yield opened
        assert opened.errors == []


async def fits(page: Page) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def go_on(page: Page, words: str) -> None:
    """Press the page's main button and wait for what comes."""
    await page.locator(".attach input[type=submit].default").click()
    await expect(page.get_by_text(words)).to_be_visible()
    await fits(page)


async def test_an_account_is_added_and_a_number_attached_in_five_steps(browser: Console, exchange: Exchange) -> None:
    page = browser.page
    await page.goto(f"{browser.address}/admin/telephony/carrieraccount/add/")
    await page.locator("#id_name").press_sequentially("Main line")
    await expect(page.locator("#id_slug")).to_have_value("main-line")
    await page.select_option("#id_carrier", "telnyx")
    await expect(page.locator("#id_secret__telnyx__api_key")).to_be_visible()
    await expect(page.locator("#id_secret__twilio__auth_token")).to_be_hidden()
    await page.select_option("#id_carrier", "twilio")
    await page.fill("#id_account_id", "AC1")
    await page.fill("#id_secret__twilio__auth_token", "short")
    await fits(page)
    await page.click("[name=_test]")
    await expect(page.locator(".problems")).to_contain_text("carrier.keys")
    await page.fill("#id_secret__twilio__auth_token", SECRET)
    await page.click("[name=_continue]")
    await page.get_by_role("button", name="Test", exact=True).click()
    await expect(page.locator(".bot-bar .state.good")).to_be_visible()
    assert SECRET not in await page.content()

    await page.goto(f"{browser.address}/admin/telephony/phonenumber/")
    await page.get_by_role("link", name="Attach a number").click()
    await go_on(page, "Which number of Main line?")
    await page.get_by_label(NUMBER).check()
    await go_on(page, f"Who answers {NUMBER}?")
    await page.get_by_label("Clinic desk").check()
    await go_on(page, "What Twilio asks")
    await page.get_by_role("link", name="Bot", exact=True).click()
    await expect(page.get_by_label("Clinic desk")).to_be_checked()
    await go_on(page, "What Twilio asks")
    await go_on(page, "Does the public address lead here?")
    await go_on(page, "went out and came back in")
    await page.get_by_role("link", name="To the number").click()
    await expect(page.locator(".bot-state .state.good")).to_have_text("attached")
    await fits(page)

    number = await sync_to_async(PhoneNumber.objects.get)()
    assert (number.e164, number.webhook_state) == (NUMBER, "attached")
    assert number.verified_at is not None
    assert exchange.numbers["PN1"]["voice"] == f"{browser.address}/telephony/main-line/voice"
    assert (await sync_to_async(CarrierAccount.objects.get)()).check_code == ""


async def test_hours_are_entered_and_come_back(browser: Console, exchange: Exchange) -> None:
    account = await sync_to_async(CarrierAccount.objects.create)(name="Main", slug="main", carrier="plivo")
    number = await sync_to_async(PhoneNumber.objects.create)(e164=NUMBER, account=account)
    page = browser.page
    await page.goto(f"{browser.address}/admin/telephony/phonenumber/{number.pk}/change/")
    rows = page.locator(".hours-row")
    await rows.nth(0).get_by_label("Mon").check()
    await rows.nth(0).get_by_label("from").fill("09:00")
    await page.click("[name=_continue]")
    await expect(page.locator(".errorlist")).to_contain_text("Row 1: enter a beginning and an end.")
    await expect(rows.nth(0).get_by_label("from")).to_have_value("09:00")
    await rows.nth(0).get_by_label("to").fill("17:00")
    await page.select_option("#id_time_zone", "Europe/Vienna")
    await page.click("[name=_continue]")
    await expect(page.locator(".errorlist")).to_have_count(0)
    await number.arefresh_from_db()
    assert number.hours == [{"days": [0], "from": "09:00", "to": "17:00"}]
    assert number.time_zone == "Europe/Vienna"
    await fits(page)
