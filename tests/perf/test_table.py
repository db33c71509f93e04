"""Figures and their tables; what they measure is asserted nowhere."""

from tests.perf.table import Figure, share, written


def test_a_figure_says_whether_its_aim_is_met_and_how_many_times_better_it_is() -> None:
    few = Figure("delay", 2.0, "ms", aim=1.0, pipecat=8.0)
    many = Figure("calls", 200, "calls", aim=180, more=True, pipecat=30)
    assert (few.verdict, many.verdict, Figure("x", 1.0, "s").verdict) == ("missed", "met", "")
    assert (few.times_better(8.0), many.times_better(30), few.times_better(None)) == ("4x", "6.7x", "")


def test_a_table_has_a_line_for_each_figure_and_no_empty_columns() -> None:
    text = written("Delays", [Figure("a", 1.0, "ms"), Figure("b", 1234.0, "us", note="cold")])
    assert "1,234 us" in text
    assert "LiveKit" not in text
    assert written("Delays", [Figure("a", 1.0, "ms")], markdown=True).endswith("| a | 1 ms |")


def test_a_share_is_the_value_below_which_that_part_lies() -> None:
    assert share([3.0, 1.0, 2.0, 4.0], 0.5) == 3.0
