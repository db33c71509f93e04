"""Pictures in messages: raw pixels or files become data addresses, and back (services 1.1, LLM-22, LK-20)."""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from typing import Any

from bots.engine.errors import ProviderError

MAX_IMAGE_BYTES = 10_000_000
"""Larger pictures are refused before they are sent."""

_SIGNATURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
_CHANNELS = {"RGB": (3, 2), "RGBA": (4, 6), "L": (1, 0), "LA": (2, 4)}
"""Bytes per pixel and PNG colour type of each raw format."""
_DATA_URL = re.compile(r"data:(image/[\w.+-]+);base64,(.*)", re.DOTALL)


class ImageUnusable(ProviderError, ValueError):
    """A picture cannot be put into a message."""

    code = "context.image"
    owner = "us"
    next_step = "Send PNG, JPEG, WebP or GIF bytes, or raw RGB pixels with their size."


def encoded_image(image: bytes, size: tuple[int, int] | None = None, format: str | None = None) -> tuple[str, bytes]:
    """Return media type and file bytes of a picture.

    Files (PNG, JPEG, GIF, WebP) are told by their first bytes and stay as they are. Raw pixels need ``size`` (width,
    height) and ``format`` (RGB, RGBA, L or LA, one byte a channel) and become a PNG. Error: ``context.image``.
    """
    for kind, signature in _SIGNATURES.items():
        if image.startswith(signature):
            encoded = kind, bytes(image)
            break
    else:
        encoded = "image/png", _png(image, size, (format or "RGB").upper())
    if len(encoded[1]) > MAX_IMAGE_BYTES:
        raise ImageUnusable(f"image has {len(encoded[1])} bytes; at most {MAX_IMAGE_BYTES} can be sent.")
    return encoded


def check_image(image: bytes, size: tuple[int, int] | None = None, format: str | None = None) -> None:
    """Raise ``context.image`` for a picture that cannot be put into a message; far cheaper than encoding it."""
    if any(image.startswith(signature) for signature in _SIGNATURES.values()):
        return
    name = (format or "RGB").upper()
    if name not in _CHANNELS:
        raise ImageUnusable(f"format {name!r} is not one that can be sent; use {', '.join(_CHANNELS)} or a file.")
    width, height = size or (0, 0)
    if width <= 0 or height <= 0 or len(image) != width * height * _CHANNELS[name][0]:
        raise ImageUnusable("size does not fit the number of pixels.")


def _png(pixels: bytes, size: tuple[int, int] | None, format: str) -> bytes:
    check_image(pixels, size, format)
    width, height = size or (0, 0)
    channels, colour = _CHANNELS[format]
    row = width * channels
    lines = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row))
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 3)), (b"IEND", b""))
    return _SIGNATURES["image/png"] + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def data_url(media_type: str, data: bytes) -> str:
    """Return file bytes as a data address."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def read_data_url(url: str) -> tuple[str, str] | None:
    """Return media type and base64 text of a picture's data address; None for any other address."""
    found = _DATA_URL.fullmatch(url)
    if found is None:
        return None
    try:
        base64.b64decode(found[2], validate=True)
    except (ValueError, binascii.Error):
        return None
    return found[1], found[2]


def image_message(
    image: bytes, *, size: tuple[int, int] | None = None, format: str | None = None, text: str | None = None
) -> dict[str, Any]:
    """Return a user message that shows a picture, with ``text`` before it; the form is OpenAI's (CTX-02)."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    url = data_url(*encoded_image(image, size, format))
    return {"role": "user", "content": [*parts, {"type": "image_url", "image_url": {"url": url}}]}


def without_images(content: Any, instead: str = "[A picture that this model cannot see.]") -> Any:
    """Return a message's content with words in the place of each picture; text alone becomes plain text."""
    if not isinstance(content, list):
        return content
    parts = [{"type": "text", "text": instead} if _is_image(part) else part for part in content]
    if all(isinstance(part, dict) and part.get("type") == "text" for part in parts):
        return "\n".join(str(part.get("text", "")) for part in parts)
    return parts


def _is_image(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "image_url"
