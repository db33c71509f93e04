"""Pictures in messages (LLM-22, LK-20)."""

import base64
import zlib

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.context.images import (
    MAX_IMAGE_BYTES,
    ImageUnusable,
    data_url,
    encoded_image,
    image_message,
    read_data_url,
    without_images,
)

JPEG = b"\xff\xd8\xff\xe0 and the rest"


def pixels_of(png: bytes) -> bytes:
    start = png.index(b"IDAT") + 4
    length = int.from_bytes(png[start - 8 : start - 4], "big")
    return zlib.decompress(png[start : start + length])


def test_raw_pixels_become_a_picture_file():
    kind, png = encoded_image(bytes(range(12)), (2, 2), "RGB")
    assert kind == "image/png"
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png[16:24] == bytes([0, 0, 0, 2, 0, 0, 0, 2])
    assert pixels_of(png) == b"\0" + bytes(range(6)) + b"\0" + bytes(range(6, 12))


@pytest.mark.parametrize(("format", "channels"), [("RGB", 3), ("RGBA", 4), ("L", 1), ("LA", 2), (None, 3), ("rgb", 3)])
def test_every_raw_format_has_its_own_number_of_bytes(format, channels):
    assert encoded_image(bytes(6 * channels), (3, 2), format)[0] == "image/png"
    with pytest.raises(ImageUnusable, match="size"):
        encoded_image(bytes(6 * channels + 1), (3, 2), format)


@pytest.mark.parametrize(
    ("image", "size", "format", "named"),
    [
        (b"", (0, 0), "RGB", "size"),
        (bytes(12), None, "RGB", "size"),
        (bytes(12), (2, -2), "RGB", "size"),
        (bytes(12), (2, 2), "YUV", "format"),
        (JPEG + bytes(MAX_IMAGE_BYTES), None, None, "image"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(image, size, format, named):
    with pytest.raises(ImageUnusable, match=named) as caught:
        encoded_image(image, size, format)
    assert caught.value.code == "context.image"
    assert isinstance(caught.value, ValueError)


def test_files_stay_as_they_are():
    assert encoded_image(JPEG) == ("image/jpeg", JPEG)
    assert encoded_image(b"RIFF1234WEBP")[0] == "image/webp"
    assert encoded_image(b"GIF89a")[0] == "image/gif"


def test_a_data_address_is_read_back_and_nothing_else_is():
    assert read_data_url(data_url("image/jpeg", JPEG)) == ("image/jpeg", base64.b64encode(JPEG).decode())
    for address in ("https://example.org/a.png", "data:image/png;base64,***", "data:text/plain;base64,aGk=", ""):
        assert read_data_url(address) is None


def test_a_context_shows_a_picture_with_its_question():  # LLM-22
    context = LLMContext()
    context.add_image_frame_message(image=bytes(12), size=(2, 2), format="RGB", text="What is this?")
    context.add_image_frame_message(image=JPEG)
    asked, shown = context.messages
    assert asked["role"] == "user"
    assert asked["content"][0] == {"type": "text", "text": "What is this?"}
    assert asked["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert [part["type"] for part in shown["content"]] == ["image_url"]


def test_words_stand_in_for_pictures_where_a_model_is_blind():
    content = image_message(JPEG, text="Look.")["content"]
    assert without_images(content) == "Look.\n[A picture that this model cannot see.]"
    assert without_images("plain") == "plain"
    sound = {"type": "input_audio", "input_audio": {}}
    assert without_images([sound, content[1]])[0] == sound
