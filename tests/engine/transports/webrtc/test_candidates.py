"""Which addresses of a client are used: none that could aim our packets at something else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.transports.webrtc.candidates import CandidatePolicy, TrickledCandidate


def line(host: str, *, port: int = 50000, protocol: str = "udp", kind: str = "host", component: int = 1) -> str:
    return f"candidate:842163049 {component} {protocol} 1677729535 {host} {port} typ {kind} generation 0"


@pytest.mark.parametrize(
    ("text", "admitted"),
    [
        (line("192.168.1.20"), True),
        (line("2001:db8::1"), True),
        (line("fd00::2"), True),
        ("a=" + line("203.0.113.9", kind="srflx") + " raddr 10.0.0.1 rport 9", True),
        (line("127.0.0.1"), False),
        (line("::1"), False),
        (line("169.254.169.254"), False),
        (line("fe80::1"), False),
        (line("fe80::1%eth0"), False),
        (line("224.0.0.251"), False),
        (line("ff02::fb"), False),
        (line("255.255.255.255"), False),
        (line("0.0.0.0"), False),  # noqa: S104
        (line("240.0.0.1"), False),
        (line("::ffff:127.0.0.1"), False),
        (line("::ffff:169.254.169.254"), False),
        (line("0f9a6c3e-7a57-4d5e-8e54-1d1b7b1f3c55.local"), False),
        (line("localhost"), False),
        (line("192.168.1.20", port=53), False),
        (line("192.168.1.20", port=70000), False),
        (line("192.168.1.20", protocol="tcp", port=9) + " tcptype active", False),
        (line("192.168.1.20", kind="prflx"), False),
        (line("192.168.1.20", component=2), False),
        (line("192.168.1.20") + " x" * 400, False),
        (line("192.168.1.20").replace("1677729535", "-1"), False),
        (line("192.168.1.20").replace("1677729535", "٣"), False),
        ("", False),
        ("candidate:", False),
    ],
)
def test_only_plain_udp_addresses_that_a_caller_can_have(text: str, admitted: bool) -> None:
    assert CandidatePolicy().admits(text) is admitted


def test_a_server_may_admit_itself_and_refuse_private_networks() -> None:
    assert CandidatePolicy(include_loopback=True).admits(line("127.0.0.1"))
    strict = CandidatePolicy(allow_private=False)
    assert not strict.admits(line("10.1.2.3"))
    assert not strict.admits(line("fd00::2"))
    assert strict.admits(line("8.8.4.4"))


@given(st.text(max_size=100))
def test_any_text_is_judged(text: str) -> None:
    assert CandidatePolicy().admits(text) in (True, False)


@given(
    st.none() | st.integers() | st.text() | st.lists(st.integers())
    | st.dictionaries(
        st.sampled_from(["candidate", "sdp_mid", "sdp_mline_index", "sdpMid", "x"]),
        st.none() | st.text() | st.integers() | st.booleans() | st.floats(),
    )
)  # fmt: skip
def test_anything_trickled_is_a_candidate_or_nothing(raw: Any) -> None:
    found = TrickledCandidate.read(raw)
    assert found is None or (found.mid is not None or found.line is not None)


def test_both_spellings_and_a_missing_line_are_understood() -> None:
    assert TrickledCandidate.read({"candidate": "c", "sdp_mid": "0", "sdp_mline_index": 0}) == TrickledCandidate(
        "c", "0", 0
    )
    assert TrickledCandidate.read({"candidate": "c", "sdpMid": "1", "sdpMLineIndex": 1}) == TrickledCandidate(
        "c", "1", 1
    )
    assert TrickledCandidate.read({"candidate": "c"}) == TrickledCandidate("c", None, 0)
