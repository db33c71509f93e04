"""Engine and product agree on why calls end."""

from bots.engine.core.outcome import CATALOGUE, EndReason
from bots.models import CallStatus
from bots.models.end_reason import END_REASONS, REFUSED_LIMIT, end_reason

OWNERS = {"caller", "author", "provider", "network", "us"}


def test_every_reason_of_the_engine_has_words_and_means_the_same() -> None:
    assert set(END_REASONS) == {reason.value for reason in EndReason} | {REFUSED_LIMIT}
    for reason, ending in CATALOGUE.items():
        known = END_REASONS[reason.value]
        assert (known.code, known.status, known.owner) == (reason.value, ending.status, ending.owner)


def test_every_reason_says_whose_it_is_and_what_to_do() -> None:
    for code, known in END_REASONS.items():
        assert known.code == code
        assert known.owner in OWNERS
        assert known.status in (CallStatus.ENDED, CallStatus.FAILED, CallStatus.REFUSED)
        assert str(known.sentence).endswith(".")
        assert str(known.next_step).endswith(".")


def test_a_code_that_nobody_knows_is_a_broken_pipeline() -> None:
    assert end_reason("gremlins") is END_REASONS["pipeline_error"]
