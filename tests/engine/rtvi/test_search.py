"""Search results reach the client that shows sources (RTVI-13)."""

from typing import Any

from bots.engine.core.observer import BaseObserver
from bots.engine.frames import LLMSearchResponseFrame, RTVIServerMessageFrame
from bots.engine.frames.llm import SearchOrigin, SearchResult
from bots.engine.rtvi import RTVIObserver
from bots.engine.rtvi.google import GoogleRTVIObserver
from tests.engine.rtvi.conversation import Conversation, converse

FOUND = LLMSearchResponseFrame(
    "Two events are on.",
    "<div></div>",
    (
        SearchOrigin("https://events.example/1", "events.example", (SearchResult("First.", (0.98, 0.5)),)),
        SearchOrigin(),
    ),
)


def sent_by(observer: type[RTVIObserver], *frames: Any) -> list[dict[str, Any]]:
    """What the client gets when the model finds something."""

    async def script(conversation: Conversation) -> list[dict[str, Any]]:
        await conversation.client.connect()
        await conversation.push(*frames)
        await conversation.settle()
        return [message for message in conversation.client.received if message["type"] != "bot-ready"]

    def watch(conversation: Conversation) -> list[BaseObserver]:
        return [observer(conversation.rtvi)]

    return converse(script, observe=watch)


def test_a_search_becomes_the_message_of_the_standard_once() -> None:  # RTVI-13
    messages = sent_by(GoogleRTVIObserver, FOUND)
    assert [message["type"] for message in messages] == ["bot-llm-search-response"]
    assert messages[0]["data"] == {
        "search_result": "Two events are on.",
        "rendered_content": "<div></div>",
        "origins": [
            {
                "site_uri": "https://events.example/1",
                "site_title": "events.example",
                "results": [{"text": "First.", "confidence": [0.98, 0.5]}],
            },
            {"results": []},
        ],
    }
    assert sent_by(GoogleRTVIObserver, LLMSearchResponseFrame())[0]["data"] == {"origins": []}


def test_everything_else_is_sent_as_by_the_base_observer() -> None:  # RTVI-13
    other = RTVIServerMessageFrame({"type": "x"})
    assert [m["data"] for m in sent_by(GoogleRTVIObserver, other)] == [m["data"] for m in sent_by(RTVIObserver, other)]
    assert sent_by(RTVIObserver, FOUND) == []
