"""In a real browser: what people say never runs, and a call can be walked through by keyboard."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from bots.actions.store_events import store_events
from tests.bots.factories import conversation, event, make_bot, make_call, make_finished_call, make_user

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = [
    f"{start}{payload}"
    for start in ("", "\"'>", "</span></p>", "<!--", "</script>", "]]>", "&lt;", "\u202e", "x" * 300)
    for payload in (
        "<script>hit()</script>", "<img src=x onerror=hit()>", "<svg/onload=hit()>",
        "<iframe srcdoc='<script>parent.hit()'>",
        "<a href=javascript:hit()>x</a>", "<details open ontoggle=hit()>", "<style>@import'//x'</style>",
        "<math><mtext></table><mglyph><style><img src onerror=hit()>", "<body onload=hit()>",
        "{{constructor.constructor('hit()')()}}",
    )
]  # fmt: skip


@contextlib.contextmanager
def browser_page(live_server: Any, user: Any) -> Iterator[Page]:
    """A Chromium page signed in as the user, with a bell that hostile text would ring."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        context.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; }")
        try:
            yield context.new_page()
        finally:
            browser.close()


def test_hostile_words_in_every_place_stay_words(live_server: Any) -> None:
    user = make_user("ida", staff=True, superuser=True)
    call = make_call(make_bot(name=HOSTILE[1][:100]), user, user_agent=HOSTILE[2])
    events = [event(1, 0.0, "call.started", {})]
    for number, text in enumerate(HOSTILE, start=1):
        base, at = number * 4, float(number)
        turn = {"turn": number, "text": text, "planned": text + text, "at": at, "end": at + 0.5, "interrupted": True}
        events += [
            event(base, at, "user.turn", turn),
            event(
                base + 1,
                at,
                "bot.turn",
                {**turn, "latency_ms": 5, "segments": [{"name": text, "ms": 5, "owner": text}]},
            ),
            event(base + 2, at, "tool.started", {"id": text, "name": text, "arguments": {text: text}}),
            event(base + 3, at, "error", {"code": text, "message": text}),
        ]
    store_events(call.pk, events)
    with browser_page(live_server, user) as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for path in (f"/calls/{call.pk}/", "/calls/", "/admin/bots/callevent/", "/admin/bots/bot/"):
            page.goto(live_server.url + path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("window.hits") == 0, path
            assert page.locator("#main :is(iframe, style, img:not([src^='/static/']))").count() == 0
        page.goto(f"{live_server.url}/calls/{call.pk}/")
        shown = page.locator(".turn-user .said").all_inner_texts()
        assert shown[0] == HOSTILE[0]
        assert len(shown) == len(HOSTILE)
        assert (problems, dialogs) == ([], [])


def test_search_tabs_filters_and_theme_work_and_phones_do_not_scroll_sideways(live_server: Any) -> None:
    user = make_user("ann")
    bot = make_bot()
    running = make_call(bot, user)
    store_events(running.pk, conversation()[:-1])
    finished = make_finished_call(bot, user, seconds=0.0)
    with browser_page(live_server, user) as page:
        page.goto(f"{live_server.url}/calls/")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/calls/{finished.pk}/")
        page.goto(f"{live_server.url}/calls/{running.pk}/")
        page.wait_for_selector("[role=tab]")
        page.keyboard.press("/")
        page.keyboard.type("tuesday")
        assert page.locator("[data-turn]:visible").count() == 2
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
        page.keyboard.press("Escape")
        before = page.locator("li.event:visible").count()
        page.locator("input[data-group=bot]").uncheck()
        assert page.locator("li.event:visible").count() < before
        page.get_by_role("tab", name="About").click()
        assert page.locator("#about").is_visible()
        assert not page.locator("#timeline").is_visible()
        page.locator("[data-theme-toggle]").click()
        theme = page.evaluate("document.documentElement.dataset.theme")
        page.reload()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        page.set_viewport_size({"width": 360, "height": 740})
        for path in ("/calls/", f"/calls/{running.pk}/", f"/calls/{finished.pk}/"):
            page.goto(live_server.url + path)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
