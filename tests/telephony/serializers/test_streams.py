"""All four carriers' streams, read and written (TEL-03, TEL-10…15; CONF-07, CONF-08)."""

from __future__ import annotations

import json
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.audio import g711
from bots.engine.frames import (
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    KeypadEntry,
    OutputAudioRawFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
)
from bots.engine.transports.media_stream import (
    MediaStreamSerializer,
    StreamCleared,
    StreamConnected,
    StreamKey,
    StreamMark,
    StreamMedia,
    StreamRejected,
    StreamStarted,
    StreamStopped,
)
from telephony.carriers import carrier_named
from telephony.carriers.telnyx.documents import BOTH_WAYS
from telephony.serializers import (
    ExotelFrameSerializer,
    PlivoFrameSerializer,
    TelnyxFrameSerializer,
    TwilioFrameSerializer,
)
from telephony.serializers.detection import StreamUnknown, carrier_of, parse_telephony_websocket
from telephony.serializers.wire_audio import EncodingUnknown, WireAudio

from .messages import ALL, KEY, MARK, MEDIA, START, STOP, text

KINDS: dict[str, type[MediaStreamSerializer]] = {
    "twilio": TwilioFrameSerializer, "telnyx": TelnyxFrameSerializer, "plivo": PlivoFrameSerializer,
    "exotel": ExotelFrameSerializer,
}  # fmt: skip
each = pytest.mark.parametrize("name", list(KINDS))


def begun(name: str) -> MediaStreamSerializer:
    stream = KINDS[name]()
    assert isinstance(stream.read(text(START[name])), StreamStarted)
    return stream


def tone(rate: int, seconds: float) -> bytes:
    times = np.arange(int(rate * seconds)) / rate
    return (np.sin(2 * np.pi * 440 * times) * 12000).astype("<i2").tobytes()


@each
def test_a_stream_is_read_from_start_to_stop(name: str) -> None:
    stream = KINDS[name]()
    if name != "plivo":
        assert stream.read(text({"event": "connected"})) == StreamConnected()
    start = stream.read(text(START[name]))
    assert isinstance(start, StreamStarted)
    assert start.call_id == {"twilio": "CA1", "telnyx": "v2:T02", "plivo": "p-call", "exotel": "ex-call"}[name]
    assert start.stream_id
    assert start.sample_rate == 8000
    if name != "telnyx":
        assert start.custom["who"] == "Anna"
    assert stream.read(text(MEDIA[name])) == StreamMedia(bytes(320), 8000, 2, 40, True)
    assert stream.read(text(KEY[name])) == StreamKey(KeypadEntry.POUND)
    assert stream.read(text(MARK[name])) == StreamMark("0-500000")
    assert isinstance(stream.read(text(STOP[name])), StreamStopped)
    assert stream.read(text({"event": "something new"})) is None


@each
def test_what_we_say_is_written_as_the_carrier_reads_it(name: str) -> None:
    stream = begun(name)
    sound = tone(8000, 0.4)
    written = [stream.media(sound[at : at + 320], 8000) for at in range(0, len(sound), 320)] + [stream.rest()]
    messages = [json.loads(message) for message in written if message is not None]
    payload = b"".join(b64decode(message["media"]["payload"]) for message in messages)
    if name == "exotel":
        assert payload == sound
        assert all(len(b64decode(m["media"]["payload"])) % 320 == 0 for m in messages)
        assert all(len(b64decode(m["media"]["payload"])) >= 3200 for m in messages)
    else:
        assert payload == g711.ulaw_encode(sound)
        assert len(messages) == 20
    assert {message["event"] for message in messages} == {"playAudio" if name == "plivo" else "media"}
    clear, mark = json.loads(str(stream.clear())), json.loads(str(stream.mark("a-1")))
    assert clear["event"] == ("clearAudio" if name == "plivo" else "clear")
    assert mark["event"] == ("checkpoint" if name == "plivo" else "mark")
    assert (mark["name"] if name == "plivo" else mark["mark"]["name"]) == "a-1"


@each
async def test_bots_in_code_see_frames(name: str) -> None:  # TEL-10, TEL-15
    stream = begun(name)
    await stream.setup(StartFrame())
    heard, key = await stream.deserialize(text(MEDIA[name])), await stream.deserialize(text(KEY[name]))
    assert isinstance(heard, InputAudioRawFrame)
    assert (heard.audio, heard.sample_rate) == (bytes(320), 8000)
    assert isinstance(key, InputDTMFFrame)
    assert key.button is KeypadEntry.POUND
    assert await stream.deserialize(text(MARK[name])) is None
    said = await stream.serialize(OutputAudioRawFrame(bytes(19200), 24000))
    assert said is not None and json.loads(said)["media"]["payload"]
    assert "lear" in str(await stream.serialize(InterruptionFrame()))
    assert json.loads(str(await stream.serialize(OutputTransportMessageUrgentFrame({"a": 1})))) == {"a": 1}
    assert await stream.serialize(StartFrame()) is None


@each
def test_sound_of_any_rate_arrives_whole_however_it_is_cut(name: str) -> None:  # lessons T8
    def wire(step: int) -> bytes:
        stream = begun(name)
        sound = tone(24000, 1.0)
        written = [stream.media(sound[at : at + step], 24000) for at in range(0, len(sound), step)] + [stream.rest()]
        return b"".join(b64decode(json.loads(m)["media"]["payload"]) for m in written if m is not None)

    whole = wire(48000)[:7000]
    assert len(whole) == 7000
    assert [wire(step)[:7000] == whole for step in (960, 961, 3000)] == [True] * 3


def test_what_was_kept_back_is_dropped_by_a_clear() -> None:
    stream = begun("exotel")
    assert stream.media(bytes(320), 8000) is None
    stream.clear()
    assert stream.rest() is None


def test_our_own_sound_is_told_from_the_callers() -> None:
    own = {**MEDIA["twilio"], "media": {**MEDIA["twilio"]["media"], "track": "outbound"}}
    found = begun("twilio").read(text(own))
    assert isinstance(found, StreamMedia)
    assert not found.inbound


@pytest.mark.parametrize("inbound", ["PCMU", "PCMA"])
@pytest.mark.parametrize("outbound", ["PCMU", "PCMA"])
def test_telnyx_encodings_are_named_from_the_callers_side(inbound: str, outbound: str) -> None:  # TEL-13, CONF-08
    stream = TelnyxFrameSerializer("s", outbound, inbound)
    codes = {"PCMU": g711.ulaw_encode, "PCMA": g711.alaw_encode}
    sound = tone(8000, 0.02)
    said = json.loads(str(stream.media(sound, 8000)))
    assert b64decode(said["media"]["payload"]) == codes[outbound](sound)
    assert stream.incoming.encoding == inbound


def test_an_a_law_stream_is_answered_in_a_law() -> None:
    start = json.loads(text(START["telnyx"]))
    start["start"]["media_format"]["encoding"] = "PCMA"
    stream = TelnyxFrameSerializer()
    stream.read(json.dumps(start))
    assert stream.incoming.encoding == stream.outgoing.encoding == "PCMA"


def test_what_goes_to_telnyx_is_what_our_document_has_asked_for() -> None:  # CONF-08
    stream = carrier_named("telnyx").new_serializer()
    assert isinstance(stream, TelnyxFrameSerializer)
    start = json.loads(text(START["telnyx"]))
    start["start"]["media_format"]["encoding"] = "PCMA"
    stream.read(json.dumps(start))
    assert BOTH_WAYS["bidirectionalCodec"] == stream.outgoing.encoding == "PCMU"
    assert stream.incoming.encoding == "PCMA"


@pytest.mark.parametrize(
    ("named", "encoding"),
    [("base64", "L16"), ("raw/slin", "L16"), ("", "L16"), ("audio/x-mulaw", "PCMU"), ("mulaw", "PCMU"), ("ulaw", "")],
)
def test_exotels_applet_may_be_set_to_mu_law(named: str, encoding: str) -> None:
    """Exotel's "Stream and Voicebot Applet": plain samples unless it was set otherwise; noise is never played."""
    start = json.loads(text(START["exotel"]))
    start["start"]["media_format"]["encoding"] = named
    stream = ExotelFrameSerializer()
    found = stream.read(json.dumps(start))
    if encoding:
        assert stream.incoming.encoding == stream.outgoing.encoding == encoding
        stream.media(bytes(2 * 160), 8000)
        rest = b64decode(json.loads(str(stream.rest()))["media"]["payload"])
        assert not any(stream.incoming.decode(rest)), "what fills a piece up is silence"
    else:
        assert isinstance(found, StreamRejected)
        assert found.code == "stream.encoding"


@each
def test_a_second_start_changes_nothing(name: str) -> None:
    stream = KINDS[name]()
    stream.read(text(START[name]))
    before = (stream.stream_id, stream.outgoing)
    again = json.loads(text(START[name]).replace(stream.stream_id, "another"))
    assert isinstance(stream.read(json.dumps(again)), StreamStarted)
    assert (stream.stream_id, stream.outgoing) == before


@each
def test_a_form_that_nobody_reads_is_refused(name: str) -> None:
    start = json.loads(text(START[name]))
    form = start["start"].get("media_format") or start["start"]["mediaFormat"]
    form["sample_rate" if "sample_rate" in form else "sampleRate"] = 11025
    found = KINDS[name]().read(json.dumps(start))
    assert isinstance(found, StreamRejected)
    assert found.code == "stream.encoding"
    with pytest.raises(EncodingUnknown):
        WireAudio("opus")


@each
def test_plain_samples_at_other_rates(name: str) -> None:
    start = json.loads(text(START[name]))
    form = start["start"].get("media_format") or start["start"]["mediaFormat"]
    form["encoding"] = "audio/x-l16"
    form["sample_rate" if "sample_rate" in form else "sampleRate"] = "16000"
    stream = KINDS[name]()
    stream.read(json.dumps(start))
    message = json.loads(text(MEDIA[name]))
    message["media"]["payload"] = "AAEC"
    assert stream.read(json.dumps(message)) == StreamMedia(b"\0\1", 16000, 2, 40, True)


@each
def test_hanging_up_is_a_request_that_shows_no_key(name: str) -> None:  # TEL-07, TEL-14
    given: dict[str, MediaStreamSerializer] = {
        "twilio": TwilioFrameSerializer("MZ1", "CA1", "AC1", "canary-token"),
        "telnyx": TelnyxFrameSerializer("s", call_control_id="v2:T02", api_key="canary-token"),
        "plivo": PlivoFrameSerializer("s", "p-call", "MA1", "canary-token"),
        "exotel": ExotelFrameSerializer("s", "ex-call"),
    }
    request = getattr(given[name], "hang_up_request")  # noqa: B009 (not every stream has one)
    assert (request is None) == (name == "exotel")
    assert "canary" not in repr(request)
    without = KINDS[name]("s")  # type: ignore[call-arg]
    assert getattr(without, "hang_up_request") is None  # noqa: B009


def test_hanging_up_may_be_left_to_others() -> None:
    params = TwilioFrameSerializer.InputParams(auto_hang_up=False)
    assert TwilioFrameSerializer("MZ1", "CA1", "AC1", "token", params).hang_up_request is None
    assert (params.twilio_sample_rate, params.sample_rate) == (8000, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@each
@given(data=st.data())
def test_reading_never_raises(name: str, data: st.DataObject) -> None:  # C9, C11
    stream = begun(name) if data.draw(st.booleans()) else KINDS[name]()
    message = json.loads(text(data.draw(st.sampled_from(ALL))[name]))
    path = message
    while isinstance(path, dict) and path:
        key = data.draw(st.sampled_from(list(path)))
        if not isinstance(path[key], dict) or data.draw(st.booleans()):
            path[key] = data.draw(JSON)
            break
        path = path[key]
    whole = json.dumps(message)
    cut = data.draw(st.integers(0, len(whole)))
    for given_text in (whole, whole[:cut], whole[cut:], data.draw(st.text(max_size=40)), json.dumps(data.draw(JSON))):
        stream.read(given_text)
    assert isinstance(stream.read(whole.encode()), StreamRejected)


@each
@pytest.mark.parametrize(
    "deep", ["[" * 30000, '{"event":' * 5000, '{"event":"media","media":{"payload":"' + "A" * 70000]
)
def test_monsters_are_refused(name: str, deep: str) -> None:  # C10
    found = begun(name).read(deep)
    assert isinstance(found, StreamRejected)
    assert found.code in ("stream.malformed", "stream.too_large")


def test_a_cleared_stream_says_so() -> None:
    assert begun("plivo").read(text({"event": "clearedAudio", "streamId": "p-stream"})) == StreamCleared()
    assert isinstance(begun("plivo").read(text({"event": "playedStream"})), StreamRejected)


@each
def test_whose_stream_it_is(name: str) -> None:  # services 11
    first = [] if name == "plivo" else [text({"event": "connected"})]
    assert carrier_of(first) is None
    found = carrier_of([*first, text(START[name])])
    assert found is not None
    assert found[0] == name
    assert found[1]["stream_id"]


async def test_nobody_elses_stream_is_taken() -> None:
    async def messages(*texts: str):  # type: ignore[no-untyped-def]
        for one in texts:
            yield one

    assert (await parse_telephony_websocket(messages(text({"event": "connected"}), text(START["twilio"]))))[
        0
    ] == "twilio"
    for wrong in ((), ("{}", "{}"), ("[", "x"), (text({"event": "start", "start": {}}),), (text({"event": "start"}),)):
        with pytest.raises(StreamUnknown):
            await parse_telephony_websocket(messages(*wrong))
