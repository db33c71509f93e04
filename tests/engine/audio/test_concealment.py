"""What is put into a gap of the network (C7)."""

from bots.engine.audio.concealment import conceal
from bots.engine.audio.pcm import samples_of


def test_a_gap_goes_on_like_what_was_heard_and_fades() -> None:  # C7
    filled = samples_of(conceal(b"\x00\x10" * 160, 320))
    assert len(filled) == 320
    assert filled[0] == 0x1000 and filled[-1] < 20
    assert all(filled[:-1] >= filled[1:])


def test_a_gap_after_nothing_or_silence_is_silence() -> None:
    assert conceal(b"", 10) == bytes(20)
    assert conceal(bytes(320), 160) == bytes(320)
    assert conceal(b"\x00\x10" * 160, 0) == b""
