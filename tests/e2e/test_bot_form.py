"""The bot's page in Chromium: a setting is found, put back and forth, linked to, and kept from being lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from playwright.async_api import Page, expect

from bots.models import Bot
from tests.bots.factories import make_bot, make_user

from .console_page import Console, console_page


@pytest.fixture
def bot(transactional_db: None, settings: Any, tmp_path: Path) -> Bot:
    """A bot that waits less for callers than others do."""
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path}
    bot = make_bot("desk", name="Clinic desk")
    bot.draft["vad"]["stop_secs"] = 0.4
    bot.save()
    return bot


@pytest.fixture
def cookies(bot: Bot) -> dict[str, str]:
    """An author who is signed in."""
    client = Client()
    client.force_login(make_user("maria", "view_bot", "change_bot", staff=True))
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
async def browser(cookies: dict[str, str], live_server: Any) -> AsyncIterator[Console]:
    """A wide screen."""
    async with console_page(live_server.url, cookies, viewport={"width": 1440, "height": 900}) as opened:
        yield opened
        assert opened.errors == []


async def opened(browser: Console, bot: Bot, fragment: str = "") -> Page:
    await browser.page.goto(f"{browser.address}/admin/bots/bot/{bot.pk}/change/{fragment}")
    await browser.page.wait_for_selector("[data-find]:not([hidden])")
    return browser.page


async def test_a_setting_is_found_by_its_help_and_the_keyboard_leads_to_it(browser: Console, bot: Bot) -> None:
    page = await opened(browser, bot)
    keys = page.locator("#id_keypad__termination_digit")
    await expect(keys).to_be_hidden()
    await page.keyboard.press("/")
    await expect(page.locator("#find-setting")).to_be_focused()
    await page.keyboard.type("completes entry")
    await expect(page.locator("#find-state")).to_have_text("Settings found: 1")
    await expect(keys).to_be_visible()
    await expect(page.locator("#id_persona")).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(keys).to_be_focused()
    await page.locator("#find-setting").fill("no such thing")
    await expect(page.locator("[data-nothing]")).to_be_visible()
    await page.locator("#find-setting").press("Escape")
    await expect(page.locator("#id_persona")).to_be_visible()
    await expect(keys).to_be_hidden()


async def test_a_value_goes_back_to_the_usual_and_returns_until_it_is_saved(browser: Console, bot: Bot) -> None:
    page = await opened(browser, bot)
    part, stop = page.locator("#part-vad__confidence"), page.locator("#id_vad__stop_secs")
    line, count = part.locator("[data-line]"), page.locator('[data-to="part-vad__confidence"] [data-count]')
    back = page.locator(".field-vad__stop_secs [data-back]")
    await expect(stop).to_be_visible()
    await expect(line).to_have_text("Speech ends after 0.4 s")
    await expect(back).to_have_text("Back to the usual: 0.8 s")
    await back.click()
    await expect(stop).to_have_value("0.8")
    await expect(line).to_have_text("as usual")
    await expect(count).to_have_text("")
    await expect(page.locator("[data-unsaved]")).to_have_text("Changes not saved yet: 1")
    await expect(back).to_have_text("Undo")
    await back.click()
    await expect(stop).to_have_value("0.4")
    await expect(count).to_have_text("1")
    await expect(page.locator("[data-unsaved]")).to_have_text("")
    await page.locator("#id_turns__min_words").fill("2")
    await expect(line).to_have_text("Speech ends after 0.4 s, Words to interrupt 2")
    await back.click()
    await page.get_by_role("button", name="Save draft").click()
    await expect(page.locator(".messagelist")).to_contain_text("Draft saved")
    await expect(line).to_have_text("Words to interrupt 2")
    await sync_to_async(bot.refresh_from_db)()
    assert (bot.draft["vad"]["stop_secs"], bot.draft["turns"]["min_words"]) == (0.8, 2)


async def test_the_server_and_the_page_say_the_same_of_every_kind_of_value(browser: Console, bot: Bot) -> None:
    bot.draft["turns"] |= {"allow_interruptions": False, "user_idle_prompts": ["Hello?"], "wake_phrases": ["hey desk"]}
    bot.draft["mute"] = {"strategies": ["function_call"]}
    bot.draft["speech"] |= {"aggregation": "token", "lost_voice": ""}
    bot.draft["keypad"] |= {"prefix": "A prefix that nobody would ever want to read", "termination_digit": "*"}
    bot.draft["resilience"] |= {"hard_s": 5, "hedge": False, "cache": True, "context_tokens": 100, "goodbye": "Bye."}
    bot.draft["tools"] = [{"name": "bye", "kind": "call.end"}]
    await sync_to_async(bot.save)()
    page = await opened(browser, bot)
    said = await page.locator("[data-line]").all_inner_texts()
    assert len(set(said)) > 6
    await page.evaluate(
        "document.querySelectorAll('[data-part]').forEach((part) => part.querySelector('.setting-value :is(input, "
        "select, textarea)').dispatchEvent(new Event('input', { bubbles: true })))"
    )
    assert await page.locator("[data-line]").all_inner_texts() == said
    assert await page.locator("[data-unsaved]").inner_text() == ""


async def test_a_link_from_a_call_opens_the_section_and_leads_to_the_field(browser: Console, bot: Bot) -> None:
    page = await opened(browser, bot, "#id_keypad__timeout_secs")
    field = page.locator("#id_keypad__timeout_secs")
    await expect(field).to_be_focused()
    await expect(field).to_be_in_viewport()
    await expect(page.locator("#part-audio__noise_filter")).not_to_have_attribute("open", "")
    await page.locator('[data-to="part-audio__noise_filter"]').click()
    await expect(page.locator("#id_audio__noise_filter")).to_be_in_viewport()
    await expect(page.locator("#part-audio__noise_filter > summary")).to_be_focused()


async def test_only_the_chosen_providers_settings_are_shown(browser: Console, bot: Bot) -> None:
    page = await opened(browser, bot)
    await expect(page.locator("#id_llm__scripted__script")).to_be_visible()
    await expect(page.locator("#id_llm__openai__model")).to_be_hidden()
    await page.locator("#id_llm__provider").select_option("openai")
    await expect(page.locator("#id_llm__scripted__script")).to_be_hidden()
    await expect(page.locator("#id_llm__openai__model")).to_be_visible()
    await expect(page.locator("#id_llm__openai__temperature")).to_be_hidden()


async def test_edits_are_not_lost_without_a_question(browser: Console, bot: Bot) -> None:
    page, asked = await opened(browser, bot), []

    async def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        await dialog.accept()

    page.on("dialog", stay)
    await page.reload()
    assert asked == []
    await page.locator("#id_greeting").press_sequentially("!")
    await page.reload()
    assert asked == ["beforeunload"]


async def test_a_narrow_screen_has_no_sideways_scroll_and_the_list_unfolds(browser: Console, bot: Bot) -> None:
    await browser.page.set_viewport_size({"width": 360, "height": 780})
    page = await opened(browser, bot)
    link = page.locator('[data-to="part-limits__max_duration_s"]')
    await expect(link).to_be_hidden()
    await page.locator(".part-menu > summary").click()
    await link.click()
    await expect(link).to_be_hidden()
    await expect(page.locator("#id_limits__max_duration_s")).to_be_in_viewport()
    for fold in await page.locator("details[data-fold]:visible").all():
        await fold.evaluate("(fold) => { fold.open = true; }")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
