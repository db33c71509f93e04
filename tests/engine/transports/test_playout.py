"""The playout queue: blocks, places of words and frames between the samples, and what a cut leaves (DESIGN 1.3)."""

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.frames import EndFrame, Frame, TextFrame
from bots.engine.transports.playout import BLOCK_SECS, PlayoutQueue

RATE = 8000
BLOCK = int(RATE * BLOCK_SECS)


def sound(samples: int, value: int = 1) -> bytes:
    return value.to_bytes(2, "little") * samples


def test_audio_is_cut_into_blocks_that_are_due_one_after_the_other() -> None:
    queue = PlayoutQueue(RATE)
    queue.add_audio(sound(BLOCK * 2 + 40), 1)
    assert queue.has_block
    blocks = []
    while queue.has_audio:
        blocks.append(queue.take_block())
    assert [round(block.due, 6) for block in blocks] == [0.0, 0.02, 0.04]
    assert [len(block.pcm) for block in blocks] == [BLOCK * 2] * 3
    assert blocks[-1].pcm == sound(40) + bytes((BLOCK - 40) * 2)
    assert not queue.empty
    assert [round(played.upto, 6) for played in queue.heard(0.041)] == [0.02, 0.04]
    assert len(list(queue.heard(1.0))) == 1
    assert queue.empty


def test_a_frame_goes_on_when_what_stands_before_it_was_heard() -> None:
    queue, frame = PlayoutQueue(RATE), TextFrame("between")
    queue.add_audio(sound(BLOCK // 2), 1)
    queue.add_frame(frame)
    queue.add_audio(sound(BLOCK // 2), 2)
    queue.take_block()
    assert [played.frame for played in queue.heard(0.009)] == []
    at_half = list(queue.heard(0.01))
    assert [played.segment for played in at_half] == [1, None]
    assert at_half[1].frame is frame
    assert [played.segment for played in queue.heard(0.02)] == [2]


def test_a_frame_behind_all_audio_goes_on_with_its_last_sample() -> None:
    queue, frame = PlayoutQueue(RATE), TextFrame("last")
    queue.add_audio(sound(BLOCK), 1)
    queue.add_frame(frame)
    queue.take_block()
    queue.let_frames_go()
    assert [played.frame for played in queue.heard(0.019)] == []
    assert [played.frame for played in queue.heard(0.02)] == [None, frame]


def test_a_cut_drops_what_was_not_written_and_keeps_what_must_go_on() -> None:
    for counts, expected in ((True, [0.02, 0.04]), (False, [0.02])):
        queue, end = PlayoutQueue(RATE), EndFrame()
        queue.add_audio(sound(BLOCK * 5), 1)
        queue.add_frame(TextFrame("dropped"))
        queue.add_frame(end)
        queue.take_block()
        queue.take_block()
        left = queue.cut(written_is_heard=counts, now=0.03)
        assert [round(played.upto, 6) for played in left if played.segment] == expected
        assert [played.frame for played in left if played.frame] == [end]
        assert queue.empty and not queue.has_audio and not queue.has_block


@given(st.lists(st.one_of(st.integers(1, 500), st.just(0)), max_size=20))
def test_nothing_is_lost_or_changes_its_order(items: list[int]) -> None:
    queue, out = PlayoutQueue(RATE), bytearray()
    frames: list[Frame] = []
    expected: list[tuple[float, Frame]] = []
    samples = 0
    for number, item in enumerate(items):
        if item:
            queue.add_audio(sound(item, number + 1), number)
            samples += item
        else:
            frames.append(TextFrame(str(number)))
            queue.add_frame(frames[-1])
            expected.append((samples / RATE, frames[-1]))
    while queue.has_audio:
        out += queue.take_block().pcm
    queue.let_frames_go()
    played = list(queue.heard(1e9))
    assert bytes(out[: samples * 2]) == b"".join(sound(item, n + 1) for n, item in enumerate(items) if item)
    assert not any(out[samples * 2 :])
    assert [entry.frame for entry in played if entry.frame] == frames
    for at, frame in expected:
        (entry,) = [entry for entry in played if entry.frame is frame]
        assert abs(entry.at - at) < 1e-6
    assert [entry.at for entry in played] == sorted(entry.at for entry in played)


def test_lasting_sound_stays_through_a_cut_from_what_was_heard_on() -> None:
    """DTMF-06: a key's tone is no speech; what the far end drops of it is written once more."""
    queue = PlayoutQueue(16000)
    queue.add_audio(sound(640), 1)
    queue.add_audio(sound(640, 2), None, lasting=True)
    queue.add_audio(sound(640), 1)
    for _ in range(3):
        queue.take_block()
    queue.cut(written_is_heard=False, now=0.05)
    assert queue.has_audio
    queue.due = 0.05
    blocks = []
    while queue.has_audio:
        blocks.append(queue.take_block().pcm)
    assert b"".join(blocks)[: 480 * 2] == sound(480, 2), "30 of 40 ms were not heard"
    assert not any(b"".join(blocks)[480 * 2 :])


def test_sound_without_a_segment_holds_back_what_stands_behind_it_too() -> None:
    queue, frame = PlayoutQueue(RATE), TextFrame("last")
    queue.add_audio(sound(BLOCK), None)
    queue.add_frame(frame)
    queue.take_block()
    queue.let_frames_go()
    assert not queue.empty
    assert [played.frame for played in queue.heard(0.019)] == []
    assert [played.frame for played in queue.heard(0.02)] == [None, frame]


@given(st.lists(st.one_of(st.integers(1, 500), st.just(0)), max_size=12), st.lists(st.floats(0, 0.2), max_size=4))
def test_what_is_taken_back_goes_on_at_the_exact_sample(items: list[int], stops: list[float]) -> None:  # lessons T4
    queue, out = PlayoutQueue(RATE), bytearray()
    frames: list[Frame] = []
    for number, item in enumerate(items):
        if item:
            queue.add_audio(sound(item, number + 1), number)
        else:
            frames.append(TextFrame(str(number)))
            queue.add_frame(frames[-1])
    whole = b"".join(sound(item, number + 1) for number, item in enumerate(items) if item)
    now, left = 0.0, []
    for stop in [*stops, 1e9]:
        began, now = now, min(now + stop, 1e6)
        queue.due, heard = began, bytearray()
        while queue.has_audio and queue.due < now + 0.06:
            heard += queue.take_block().pcm
        if stop == 1e9:
            queue.let_frames_go()
        else:
            queue.take_back(now)
            heard = heard[: round((now - began) * RATE) * 2]
        out += heard
        left += [played.frame for played in queue.heard(now) if played.frame]
    assert bytes(out[: len(whole)]) == whole
    assert left == frames
