"""WebRTC connections that come and go under one call."""

import asyncio
import json

import pytest

from bots.engine.core.pipeline import Pipeline
from bots.engine.core.task import PipelineTask
from bots.engine.frames import OutputAudioRawFrame
from bots.engine.transports.relay import RelayTransport
from bots.engine.transports.webrtc.connection import WebRTCConnection
from bots.engine.transports.webrtc.line import WebRTCLine

from .client import Client, Middle, tone, until

pytestmark = pytest.mark.network


async def test_a_line_brings_sound_and_messages_and_is_over_when_the_client_leaves() -> None:
    transport, middle = RelayTransport(), Middle()
    task = PipelineTask(Pipeline([transport.input(), middle, transport.output()]), idle_timeout_secs=None)
    running = asyncio.create_task(task.run())
    connection = WebRTCConnection("line", left_secs=0.1)
    over: list[WebRTCLine] = []
    line = WebRTCLine(transport, connection, "session", over.append)
    client = Client()
    await client.connect(connection)
    await until(lambda: transport.line is line)
    client.channel.send(json.dumps({"type": "client-ready"}))
    await middle.push_frame(OutputAudioRawFrame(tone(1000, 24000, 0, 9600), 24000))
    await until(lambda: middle.messages and middle.audio and connection.voice.sent >= 20)
    await client.close()
    await until(lambda: over)
    await connection.close()
    assert (over, transport.line) == ([line], None)
    assert task.state == "running"
    await task.cancel()
    await running


async def test_a_client_that_sends_nonsense_hears_why_before_it_is_let_go() -> None:
    transport = RelayTransport()
    task = PipelineTask(Pipeline([transport.input(), transport.output()]), idle_timeout_secs=None)
    running = asyncio.create_task(task.run())
    connection = WebRTCConnection("line")
    over: list[WebRTCLine] = []
    line = WebRTCLine(transport, connection, "session", over.append)
    client = Client()
    await client.connect(connection)
    await until(lambda: transport.line is line)
    for _ in range(60):
        client.channel.send("nonsense")
    await until(lambda: over)
    await until(lambda: client.messages and client.messages[-1].get("type") == "signalling")
    assert client.messages[-2]["data"]["code"] == "input.given_up"
    assert client.messages[-2]["data"]["fatal"] is True
    await connection.close()
    await client.close()
    await task.cancel()
    await running
