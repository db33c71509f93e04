"""Settings that contradict each other are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.services.resilience.policy import PolicyWrong, ResiliencePolicy


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("soft_s", {"soft_s": -0.1}),
        ("soft_s", {"soft_s": 4.0}),
        ("soft_s", {"soft_s": float("nan")}),
        ("hard_s", {"hard_s": 0.0}),
        ("hard_s", {"hard_s": float("inf")}),
        ("between_s", {"between_s": -1.0}),
        ("end_after", {"end_after": -1}),
        ("cache_ttl_s", {"cache_ttl_s": -5.0}),
        ("context_tokens", {"context_tokens": 100}),
        ("context_tokens", {"context_tokens": -1}),
        ("fillers", {"fillers": ("Hm.", " ")}),
        ("prefetches", {"prefetch": True, "prefetches": 0}),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(name: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(PolicyWrong, match=name) as caught:
        ResiliencePolicy(**wrong)
    assert isinstance(caught.value, ValueError)
    assert caught.value.code == "llm.policy"


def test_the_limits_are_those_of_the_reliability_table() -> None:  # reliability 3: 1.2 s filler, 4 s hedge, 3 s between
    policy = ResiliencePolicy()
    assert (policy.soft_s, policy.hard_s, policy.between_s, policy.hedge) == (1.2, 4.0, 3.0, True)
    assert (policy.cache_ttl_s, policy.prefetch) == (0.0, False)
    assert ResiliencePolicy(soft_s=0.0, context_tokens=0).soft_s == 0.0
