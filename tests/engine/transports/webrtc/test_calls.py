"""Whole calls over real UDP: sound and messages both ways, restarts, trickled candidates, goodbyes."""

import asyncio
import json
import threading

import psutil
import pytest
from aiortc.mediastreams import VideoStreamTrack

from bots.engine.frames import OutputAudioRawFrame, OutputTransportMessageUrgentFrame
from bots.engine.transports.webrtc.connection import WebRTCConnection
from bots.engine.transports.webrtc.offers import Offer
from bots.engine.transports.webrtc.refusals import ConnectionOver, OfferUnusable, UnknownPeer

from .client import Client, loudest, running, tone, until

pytestmark = pytest.mark.network

SAY = {"label": "rtvi-ai", "type": "server-message", "data": {"hello": 1}}


async def test_sound_and_messages_travel_both_ways() -> None:
    async with running() as call:
        client = Client()
        await call.middle.push_frame(OutputTransportMessageUrgentFrame({"type": "early", "data": {"a": None, "b": 2}}))
        answer = await client.connect(call.connection)
        assert answer.as_data().keys() == {"sdp", "type", "pc_id"}
        client.channel.send("ping: 1755000000000")
        client.channel.send(json.dumps({"type": "client-ready"}))
        client.channel.send(b'{"type":"from-swift"}')
        await call.middle.push_frame(OutputAudioRawFrame(tone(1000, 24000, 0, 24000), 24000))
        await until(lambda: len(client.heard) >= 50 and len(call.middle.audio) >= 50)
        await call.middle.push_frame(OutputTransportMessageUrgentFrame(SAY))
        await until(lambda: SAY in client.messages)
        assert [message["type"] for message in call.middle.messages] == ["client-ready", "from-swift"]
        assert client.messages[0] == {"type": "early", "data": {"b": 2}}
        assert all(isinstance(text, str) for text in client.texts)
        arrived = b"".join(frame.audio for frame in call.middle.audio[25:50])
        assert {frame.sample_rate for frame in call.middle.audio} == {16000}
        assert loudest(arrived, 16000) == pytest.approx(440, abs=5)
        assert loudest(b"".join(client.heard[15:40]), 48000) == pytest.approx(1000, abs=5)
        times = [frame.at for frame in call.middle.audio]
        assert all(times[n + 1] - times[n] > 0 for n in range(len(times) - 1))  # type: ignore[operator]
        assert call.events == [("connected",)]
    assert client.messages[-1] == {"type": "signalling", "message": {"type": "peerLeft"}}
    await client.close()


async def test_an_interruption_takes_back_what_was_not_sent() -> None:
    async with running() as call:
        client = Client()
        await client.connect(call.connection)
        await call.middle.push_frame(OutputAudioRawFrame(tone(1000, 24000, 0, 24000 * 5), 24000))
        await until(lambda: call.connection.voice.sent > 20)
        await call.task.interrupt()
        assert len(call.connection.voice) == 0
        sent = call.connection.voice.sent
        await asyncio.sleep(0.1)
        assert call.connection.voice.sent == sent
        await client.close()


async def test_an_answer_is_ready_to_speak_before_anything_is_said() -> None:
    async with running() as call:
        client = Client()
        answer = await call.connection.negotiate(Offer(await client.offer()))
        lines = [line for line in answer.sdp.splitlines() if line.startswith(("m=", "a=send", "a=recv"))]
        assert [line.split(" ")[0] for line in lines] == [
            "m=audio",
            "a=sendrecv",
            "m=video",
            "a=sendrecv",
            "m=video",
            "a=recvonly",
            "m=application",
        ]
        assert "a=group:BUNDLE 0 1 2 3" in answer.sdp
        await client.close()


async def test_a_new_peer_connection_takes_over_the_running_call() -> None:
    async with running() as call:
        first = Client()
        one = await first.connect(call.connection)
        await until(lambda: call.middle.audio)
        second = Client()
        two = await second.connect(call.connection, pc_id=one.pc_id, restart_pc=True)
        assert two.pc_id != one.pc_id
        await first.close()
        await until(lambda: ("reconnected",) in call.events)
        before = len(call.middle.audio)
        await call.middle.push_frame(OutputTransportMessageUrgentFrame(SAY))
        await until(lambda: second.messages == [SAY] and len(call.middle.audio) > before + 20)
        await asyncio.sleep(0.05)
        assert call.events == [("connected",), ("reconnected",)]
        assert call.task.state == "running"
        assert await call.connection.add_candidates(one.pc_id, [{"candidate": "late"}]) == 0
        await second.close()


async def test_a_client_may_try_more_than_once_to_come_back() -> None:
    async with running(connect_secs=0.5, lost_secs=3.0) as call:
        first, failing, second = Client(), Client(), Client()
        offer = await first.offer()
        one = await call.connection.negotiate(Offer(offer))
        await first.take(one)
        await until(lambda: call.events == [("connected",)])
        two = await call.connection.negotiate(Offer(await failing.offer(), one.pc_id, restart_pc=True))
        await asyncio.sleep(0.6)
        await second.connect(call.connection, pc_id=two.pc_id, restart_pc=True)
        await until(lambda: ("reconnected",) in call.events)
        assert call.events == [("connected",), ("reconnected",)]
        for client in (first, failing, second):
            await client.close()


async def test_messages_of_an_outage_are_sent_when_the_client_is_back() -> None:
    async with running(left_secs=5.0) as call:
        first = Client()
        one = await first.connect(call.connection)
        await first.close()
        await until(lambda: call.connection.state == "lost")
        await call.middle.push_frame(OutputTransportMessageUrgentFrame(SAY))
        second = Client()
        await second.connect(call.connection, pc_id=one.pc_id, restart_pc=True)
        await until(lambda: second.messages == [SAY])
        assert call.events == [("connected",), ("lost", "closed"), ("reconnected",)]
        await second.close()


async def test_candidates_may_come_later_one_by_one_and_odd() -> None:
    async with running() as call:
        client = Client()
        offer = await client.offer()
        lines = offer.splitlines()
        real = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate")]
        bare = "\r\n".join(line for line in lines if not line.startswith(("a=candidate", "a=end-of"))) + "\r\n"
        answer = await call.connection.negotiate(Offer(bare))
        quiet = (
            "\r\n".join(line for line in answer.sdp.splitlines() if not line.startswith(("a=cand", "a=end"))) + "\r\n"
        )
        client.answered = answer
        odd = [
            {"candidate": "", "sdp_mid": "0"},
            {"candidate": "candidate:1 1 tcp 1518280447 192.0.2.9 9 typ host tcptype active", "sdp_mid": "0"},
            {"candidate": "candidate:1 1 udp 2122260223 0f9a6c3e-1111.local 51234 typ host", "sdp_mid": "0"},
            {"candidate": "candidate:nonsense", "sdp_mline_index": "x"},
            None, 3, {"candidate": None},
            {"candidate": "candidate:1 1 udp 1 192.0.2.9 50000 typ host", "sdp_mid": "77"},
        ]  # fmt: skip
        await call.connection.add_candidates(answer.pc_id, odd)
        await client.take(type(answer)(quiet, answer.pc_id))
        trickled = [{"candidate": text, "sdp_mid": mid, "sdp_mline_index": int(mid)} for text in real for mid in "0123"]
        assert await call.connection.add_candidates(answer.pc_id, trickled) == len(trickled)
        await until(lambda: client.channel.readyState == "open")
        with pytest.raises(UnknownPeer):
            await call.connection.add_candidates("somebody else", trickled)
        await client.close()


async def test_the_same_offer_twice_gets_the_same_answer_and_a_known_id_is_renegotiated() -> None:
    async with running() as call:
        client = Client()
        offer = await client.offer()
        one = await call.connection.negotiate(Offer(offer))
        assert await call.connection.negotiate(Offer(offer)) == one
        await client.take(one)
        await until(lambda: call.events)
        again = await call.connection.negotiate(Offer(await client.offer(), pc_id=one.pc_id))
        assert again.pc_id == one.pc_id
        await client.take(again)
        before = len(call.middle.audio)
        await until(lambda: len(call.middle.audio) > before + 10)
        assert call.events == [("connected",)]
        await client.close()


async def test_unused_video_is_not_decoded() -> None:
    async with running() as call:
        client = Client()
        client.pc.getTransceivers()[1].sender.replaceTrack(VideoStreamTrack())
        await client.connect(call.connection)
        await until(lambda: len(call.middle.audio) > 25)
        peer = call.connection._peer
        assert peer is not None
        assert peer._pc.getTransceivers()[1].receiver.track._queue.qsize() == 0  # type: ignore[attr-defined]
        await client.close()


async def test_switching_the_microphone_off_is_told_once_each_time() -> None:
    async with running() as call:
        client = Client(label="rtvi-events", screen=False)
        await client.connect(call.connection)
        for index, enabled in ((0, True), (1, False), (0, False), (0, False), (0, True), (9, False), (0, "no")):
            status = {"type": "trackStatus", "receiver_index": index, "enabled": enabled}
            client.channel.send(json.dumps({"type": "signalling", "message": status}))
        client.channel.send(json.dumps({"type": "signalling", "message": "odd"}))
        client.channel.send(json.dumps({"type": "last"}))
        await until(lambda: call.middle.messages)
        assert call.middle.mutes == [True, False]
        await client.close()


async def test_bad_messages_are_answered_with_a_code_until_there_are_too_many() -> None:
    async with running() as call:
        client = Client()
        await client.connect(call.connection)
        for _ in range(60):
            client.channel.send("not json")
        await until(lambda: ("disconnected", "input.given_up") in call.events)
        await until(lambda: len(client.messages) == 51)
        codes = [message["data"]["code"] for message in client.messages]
        assert codes == ["input.malformed"] * 50 + ["input.given_up"]
        await client.close()


async def test_a_client_that_leaves_is_gone_after_a_moment() -> None:
    async with running(left_secs=0.1) as call:
        client = Client()
        await client.connect(call.connection)
        await client.close()
        await until(lambda: ("disconnected", "closed") in call.events)
        assert call.events == [("connected",), ("lost", "closed"), ("disconnected", "closed")]
        with pytest.raises(ConnectionOver):
            await call.connection.negotiate(Offer("v=0"))


async def test_a_client_that_pinged_and_fell_silent_is_lost_and_one_that_never_pings_is_not() -> None:
    async with running(silent_secs=0.9, lost_secs=0.1) as call, running(silent_secs=0.9) as quiet:
        client, native = Client(), Client(label="rtvi-events", screen=False)
        await client.connect(call.connection)
        await native.connect(quiet.connection)
        client.channel.send("ping: 1")
        await asyncio.sleep(1.1)
        assert call.events == [("connected",)]
        client.microphone.off.set()
        native.microphone.off.set()
        await until(lambda: ("disconnected", "silent") in call.events)
        assert quiet.events == [("connected",)]
        await client.close()
        await native.close()


async def test_a_call_that_finds_no_way_is_given_up_in_time() -> None:
    async with running(connect_secs=0.2) as call:
        client = Client()
        await call.connection.negotiate(Offer(await client.offer()))
        await until(lambda: call.events)
        assert call.events == [("disconnected", "webrtc.not_connected")]
        await client.close()


async def test_a_machine_without_a_network_can_call_itself() -> None:
    async with running(include_loopback=True) as call:
        client = Client()
        answer = await call.connection.negotiate(Offer(await client.offer()))
        own = [line for line in answer.sdp.splitlines() if not line.startswith("a=candidate") or " 127.0.0.1 " in line]
        assert any(" 127.0.0.1 " in line for line in own)
        await client.take(type(answer)("\r\n".join(own) + "\r\n", answer.pc_id))
        await until(lambda: client.channel.readyState == "open" and call.middle.audio)
        await client.close()


async def test_calls_leave_no_socket_no_thread_and_no_task() -> None:
    async def once() -> None:
        async with running() as call:
            client = Client()
            await client.connect(call.connection)
            await until(lambda: call.middle.audio)
        await client.close()

    await once()
    process = psutil.Process()
    sockets = len(process.net_connections("udp"))
    decoders = [thread for thread in threading.enumerate() if "decoder" in thread.name]
    tasks = len(asyncio.all_tasks())
    for _ in range(3):
        await once()
    await asyncio.sleep(0.05)
    assert len(process.net_connections("udp")) == sockets
    assert [thread for thread in threading.enumerate() if "decoder" in thread.name] == decoders
    assert len(asyncio.all_tasks()) == tasks


async def test_an_offer_that_cannot_be_used_leaves_the_call_as_it_was() -> None:
    async with running() as call:
        client = Client()
        answer = await client.connect(call.connection)
        with pytest.raises(OfferUnusable) as caught:
            await call.connection.negotiate(Offer("v=0\r\nm=audio nonsense\r\n", restart_pc=True))
        assert (caught.value.code, caught.value.status) == ("webrtc.offer_unusable", 400)
        assert call.connection.pc_id == answer.pc_id
        before = len(call.middle.audio)
        await until(lambda: len(call.middle.audio) > before + 5)
        await client.close()


async def test_what_arrives_before_the_pipeline_is_kept() -> None:
    connection = WebRTCConnection("early")
    client = Client()
    await client.connect(connection)
    client.channel.send(json.dumps({"type": "client-ready"}))
    taken: list[object] = []

    class Sink:
        def connected(self, *, again: bool) -> None: ...
        def lost(self, reason: str) -> None: ...
        def gone(self, reason: str) -> None: ...
        async def audio(self, frame: object) -> None: ...

        def data(self, raw: str | bytes) -> None:
            taken.append(raw)

    await until(lambda: connection._early)
    connection.attach(Sink())
    assert taken == ['{"type": "client-ready"}']
    await connection.close()
    await client.close()
