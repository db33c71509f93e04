"""Writes a tiny ONNX model by hand: the few protobuf fields it takes, without the `onnx` package."""

from __future__ import annotations

import struct
from collections.abc import Sequence

FLOAT, IR_VERSION, OPSET = 1, 8, 13


def varint(number: int) -> bytes:
    """A number in protobuf's variable length."""
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: int | bytes | str) -> bytes:
    """A protobuf field: a number, or bytes with their length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def node(kind: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
    """An operation."""
    names = b"".join(field(1, name) for name in inputs)
    return field(1, names + field(2, output) + field(4, kind) + b"".join(field(5, each) for each in attributes))


def whole(name: str, value: int) -> bytes:
    """An attribute that is a whole number."""
    return field(1, name) + field(3, value) + field(20, 2)


def wholes(name: str, values: Sequence[int]) -> bytes:
    """An attribute that is a list of whole numbers."""
    return field(1, name) + b"".join(field(8, value) for value in values) + field(20, 7)


def constant(name: str, value: float) -> bytes:
    """A stored number."""
    return field(5, field(1, 1) + field(2, FLOAT) + field(8, name) + field(9, struct.pack("<f", value)))


def described(number: int, name: str, shape: Sequence[int | str]) -> bytes:
    """The type of an input (11) or output (12)."""
    dims = b"".join(field(1, field(1, size) if isinstance(size, int) else field(2, size)) for size in shape)
    return field(number, field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, dims))))


def evenness_model(shape: Sequence[int | str] = (1, "samples"), *, gain: float = 20.0, middle: float = 0.6) -> bytes:
    """A model that gives 1 for sound of even loudness and 0 for clicks: sigmoid(gain * (mean |x| - middle))."""
    axes = list(range(1, len(shape)))
    graph = (
        node("Abs", ["sound"], "a")
        + node("ReduceMean", ["a"], "b", wholes("axes", axes), whole("keepdims", 0))
        + node("Sub", ["b", "middle"], "c")
        + node("Mul", ["c", "gain"], "d")
        + node("Sigmoid", ["d"], "probability")
        + field(2, "evenness")
        + constant("middle", middle)
        + constant("gain", gain)
        + described(11, "sound", shape)
        + described(12, "probability", (1,))
    )
    return field(1, IR_VERSION) + field(7, graph) + field(8, field(1, "") + field(2, OPSET))
