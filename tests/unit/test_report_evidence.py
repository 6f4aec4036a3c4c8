"""What the p-values are worth: headline methods, true sizes, families, questions, aftermath, other choices.

Every expectation is worked out by hand from the made-up rows.
"""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects
import pytest

from eventstudy.report import answers, battery, evidence, page, specifications, tables, trust
from eventstudy.report.book import Book
from eventstudy.results import CURVE_COLUMNS, QUESTION_COLUMNS, RESULT_COLUMNS, SIZE_COLUMNS
from eventstudy.values import Design
from tests.report_fixtures import (
    REGIMES,
    curve_row,
    fit_of,
    make_events,
    make_report,
    make_result,
    question_row,
    row,
    sizes_of,
)

DASH = "\N{EN DASH}"


def study(rows, **changes):
    frame = pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
    return make_result(make_events(1), ("topix",), table=frame, **changes)


def book(result, events=1):
    return Book(result, make_events(events), simulated=False)


def text(table):
    """Return the cells of a table as tuples of their lines."""
    return [[(cell.text, *cell.notes) for cell in line] for line in table.rows]


def words(report):
    plain = re.sub(r"<(script|style).*?</\1>", " ", page(report), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", plain).split())


def car(method, p, window=(0, 4), event="E1", **numbers):
    return row(event, "topix", window, "CAR", method, estimate=-5.0, p_value=p, **numbers)


# --- the headline's method


def test_the_headline_takes_the_first_method_that_has_a_p_value():
    """E1 has both, E2 has no p-value by placebo, E3 has no placebo row at all, E4 has neither."""
    rows = [
        car("fhs", 0.03), car("placebo_matched", 0.02), car("garch_z", 0.5),
        car("placebo_matched", np.nan, event="E2"), car("fhs", 0.04, event="E2"),
        car("fhs", 0.05, event="E3"), car("garch_z", 0.06, event="E4"),
    ]  # fmt: skip
    found = tables.headline(study(rows)).set_index("event")
    assert list(found["car_method"].iloc[:3]) == ["placebo_matched", "fhs", "fhs"]
    assert pd.isna(found.loc["E4", "car_method"])
    assert list(found["car_p"].iloc[:3]) == [0.02, 0.04, 0.05]
    assert np.isnan(found.loc["E4", "car_p"])
    assert tables.headline_methods(tables.headline(study(rows))) == ("placebo_matched", "fhs")
    assert tables.headline_methods(tables.headline(study(rows[3:]))) == ("fhs",)


def test_where_no_method_has_a_p_value_the_estimate_stays():
    rows = [car("fhs", np.nan), car("placebo_matched", np.nan)]
    [found] = tables.records(tables.headline(study(rows)))
    assert (found["car"], found["car_method"]) == (-5.0, "placebo_matched")


def test_the_headline_carries_the_size_of_its_own_test_and_the_step_down_p_value_of_its_window():
    """AR(0) is adjusted as CAR(0,0) is, CAR(0,4) by itself."""
    rows = [
        row("E1", "topix", (0, 0), "AR", "placebo_matched", estimate=-2.0, p_value=0.01, size=0.04),
        car("placebo_matched", 0.02, size=0.06, size_error=0.01), car("fhs", 0.03, size=0.09, p_adjusted=0.2),
        car("fhs", 0.03, window=(0, 0), p_adjusted=0.3),
    ]  # fmt: skip
    [found] = tables.records(tables.headline(study(rows)))
    assert (found["ar_size"], found["car_size"], found["car_size_error"]) == (0.04, 0.06, 0.01)
    assert (found["ar_adjusted"], found["car_adjusted"]) == (0.3, 0.2)
    assert found["regime"] == "q4"


def test_a_stand_in_is_named_in_its_cell_and_a_test_that_fails_is_marked_in_its():
    """At 5 % a size of 12.5 % is 7.5 points away; three tenths of the level are 1.5."""
    rows = [
        row("X01", "topix", (0, 0), "AR", "fhs", estimate=-2.0, p_value=0.01, size=0.125, size_error=0.01),
        row("X01", "topix", (0, 4), "CAR", "placebo_matched", estimate=-5.0, p_value=0.02, size=0.048),
    ]
    told = words(make_report(result=study(rows), count=1))
    assert "p(FHS) 0.0100 (size 12.5% !)" in told
    assert "p 0.0200 (size 4.8%)" in told
    assert "p(FHS), where history is too short for that: filtered historical simulation" in told


def test_chance_is_counted_at_the_level_and_at_the_true_sizes():
    """Two tests of sizes 4 % and 9 %, one of unknown size that counts with the level: 0.18, not 0.15."""
    rows = [
        row("X01", name, (0, 4), "CAR", "fhs", estimate=1.0, p_value=p, size=size)
        for name, p, size in (("topix", 0.01, 0.04), ("nikkei225", 0.2, 0.09), ("usdjpy", 0.3, np.nan))
    ]
    [board] = tables.records(tables.scoreboard(study(rows), make_events(1)))
    assert (board["tests"], board["rejections"]) == (3, 1)
    assert board["expected"] == pytest.approx(0.15)
    assert board["expected_at_size"] == pytest.approx(0.18)


# --- true sizes


def size_row(series, size, n, regime="all", window=(0, 0)):
    return {"series": series, "window_start": window[0], "window_end": window[1], "statistic": "CAR",
            "method": "fhs", "regime": regime, "size": size, "error": 0.01, "n": n}  # fmt: skip


def with_sizes(rows):
    frame = pd.DataFrame(rows, columns=list(SIZE_COLUMNS))
    return study([car("fhs", 0.5, event="X01")], sizes=frame)


def test_pooled_sizes_weigh_each_series_by_its_dates():
    """100 of 1,000 dates and 30 of 3,000 reject: 130 of 4,000."""
    rows = [size_row("topix", 0.10, 1000), size_row("usdjpy", 0.01, 3000), size_row("gold", np.nan, 0)]
    [pooled] = tables.records(evidence.pooled_sizes(with_sizes(rows)))
    assert pooled["size"] == pytest.approx(0.0325)
    assert (pooled["lowest"], pooled["highest"], pooled["n"], pooled["error"]) == (0.01, 0.10, 4000, 0.01)


def test_a_test_that_fails_when_volatility_is_high_is_shown_failing_by_name():
    summary = trust.size_summary(make_result(make_events(1), ("topix",)))
    assert [column.title for column in summary.columns] == [
        "Test", "all dates", "q1 calm", "q2", "q3", "q4 turbulent", "top 5%", "Verdict",
    ]  # fmt: skip
    sound, blind = summary.rows
    assert [sound[0].text, sound[-1].text] == ["placebo, like volatility", "holds"]
    assert [blind[0].text, blind[-1].text] == ["constant-σ t", "fails"]
    assert blind[-1].notes == ("too seldom: q1 calm", "too often: q4 turbulent, top 5%")
    assert [cell.text for cell in blind[1:-1]] == ["6.0%", "2.0%", "4.0%", "6.0%", "12.5%", "29.0%"]
    assert [cell.tone for cell in blind[5:7]] == ["bad", "bad"]


def test_a_test_that_rejects_too_seldom_is_cautious_and_does_not_fail():
    shares = {"fhs": dict.fromkeys(REGIMES, 0.02)}
    result = make_result(make_events(1), ("topix",), sizes=pd.DataFrame(sizes_of("topix", shares)))
    [[*_, verdict]] = trust.size_summary(result).rows
    assert (verdict.text, verdict.tone) == ("cautious", "middling name")


def test_every_series_has_its_own_sizes_with_their_errors_and_dates():
    [(title, table)] = trust.size_details(make_result(make_events(1), ("topix",)))
    assert title == "TOPIX"
    assert text(table)[1] == [
        ("CAR(0,0)", "constant-σ t"), ("6.0 ± 0.8", "3,000"), ("2.0 ± 0.8", "750"), ("4.0 ± 0.8", "750"),
        ("6.0 ± 0.8", "750"), ("12.5 ± 0.8", "750"), ("29.0 ± 0.8", "750"),
    ]  # fmt: skip


def test_without_placebo_dates_nothing_is_claimed_about_sizes():
    result = with_sizes([])
    assert trust.introduction(result)[0].startswith("Nothing is known about the true size of these tests")
    told = words(make_report(result=result, count=1))
    assert "No test was tried on dates without news." in told


def test_the_introduction_tells_on_how_many_dates_each_test_was_tried():
    said = " ".join(trust.introduction(make_result(make_events(1), ("topix", "usdjpy"))))
    assert "(TOPIX: 3,000; USD/JPY, New York 17:00: 3,000)" in said


# --- families


def family_rows():
    """Three headline tests of one family; along joint paths two of them have draws."""
    return [
        car("placebo_matched", 0.01, family="E1", p_holm=0.03, p_bh=0.03),
        car("placebo_matched", 0.04, window=(0, 1), family="E1", p_holm=0.08, p_bh=0.045),
        car("placebo_matched", 0.30, window=(0, 0), family="E1", p_holm=0.30, p_bh=0.30),
        car("fhs", 0.02, family="E1", p_holm=0.06, p_bh=0.06, p_adjusted=0.04),
        car("fhs", 0.03, window=(0, 1), family="E1", p_holm=0.06, p_bh=0.06, p_adjusted=0.06),
        row("E1", "topix", (2, 2), "AR", "placebo_matched", estimate=1.0, p_value=0.001),
    ]


def test_a_family_counts_what_is_left_of_its_rejections():
    """At 5 %: two reject as they are, one after Holm, two after BH; along joint paths one of two is left."""
    [counts] = tables.records(evidence.family_counts(study(family_rows())))
    assert counts == {
        "family": "E1", "statistic": "CAR", "tests": 3, "raw": 2, "holm": 1, "bh": 2,
        "stepped_tests": 2, "stepped_raw": 2, "stepped": 1,
    }  # fmt: skip


def test_families_are_told_with_their_total_and_without_paths_a_dash():
    rows = [*family_rows(), car("fhs", 0.5, event="E2", family="E2", p_holm=0.5, p_bh=0.5)]
    total, first, second = text(trust.adjusted(book(study(rows))))
    assert total == [("All families",), ("2 of 4",), ("1 of 4",), ("2 of 4",), ("2 → 1 of 2",)]
    assert first == [("E1",), ("2 of 3",), ("1 of 3",), ("2 of 3",), ("2 → 1 of 2",)]
    assert second == [("E2",), ("0 of 1",), ("0 of 1",), ("0 of 1",), (DASH,)]


def test_the_summary_says_what_adjusting_leaves():
    rows = [one | {"event": "X01"} for one in family_rows()]
    assert (
        "When all series and windows of a family count, 1 of 2 rejections of CAR are left (Romano–Wolf)."
        in words(make_report(result=study(rows), count=1))
    )
    silent = [one | {"p_adjusted": np.nan, "event": "X01"} for one in rows]
    assert "are left (Romano–Wolf)" not in words(make_report(result=study(silent), count=1))


def test_without_a_family_there_is_no_table_of_families():
    assert trust.adjusted(book(study([car("fhs", 0.5)]))) is None


# --- the whole battery


def tables_of(rows):
    return battery.battery_tables("E1 on TOPIX", tables.records(study(rows).table), Design())


def test_the_battery_is_grouped_by_what_it_measures_and_knows_no_statistic_twice():
    kinds = ("RAV", "CAV", "AR", "ZAV", "CAR", "MIN_CAR", "VR", "AV", "MAX")
    rows = [row("E1", "topix", (0, 4), kind, "fhs", estimate=1.0, p_value=0.5) for kind in kinds]
    found = tables_of([*rows, row("E1", "topix", (1, 60), "HALF_LIFE", "empirical", estimate=3.0)])
    assert [table.caption.split(". ")[0].removeprefix("E1 on TOPIX: ") for table in found] == [
        "returns", "volatility", "extremes inside a window", "range-based volatility", "other tests",
    ]  # fmt: skip
    assert [[line[0].text for line in table.rows] for table in found] == [
        ["AR(0,4)", "CAR(0,4)"], ["AV(0,4)", "CAV(0,4)"], ["MAX(0,4)", "MIN_CAR(0,4)"], ["RAV(0,4)"],
        ["ZAV(0,4)"],
    ]  # fmt: skip


def test_a_variance_factor_of_the_event_s_own_window_is_no_aftermath():
    rows = [row("E1", "topix", (0, 4), "VR", "joint_lr", estimate=12.0, p_value=0.001)]
    [table] = tables_of(rows)
    assert text(table)[0][0] == ("VR(0,4)",)
    assert after(rows) is None


def test_a_line_of_the_battery_shows_the_headline_s_estimate_and_each_method_s_p_value():
    rows = [
        car("constant_t", 0.001, size=0.125, size_error=0.01) | {"estimate": -5.5},
        car("garch_z", 0.004), car("my_test", 0.2), car("fhs", 0.03, p_adjusted=0.09),
        car("placebo_matched", 0.02, lower=-8.0, upper=-2.0, mde=4.0, p_holm=0.16, p_bh=0.04, size=0.05),
    ]  # fmt: skip
    [table] = tables_of(rows)
    assert [column.title for column in table.columns] == [
        "Statistic", "Estimate", "placebo, like volatility", "Interval", "MDE", "RW", "Holm", "BH",
        "FHS", "GARCH z", "constant-σ t", "my_test",
    ]  # fmt: skip
    assert text(table) == [[
        ("CAR(0,4)",), ("−5.00%",), ("0.0200*", "size 5.0%"), ("[−8.00, −2.00]%",), ("4.00%",),
        ("0.0900",), ("0.160",), ("0.0400*",), ("0.0300*",), ("0.0040*",),
        ("0.0010**", "−5.50%", "size 12.5% !"), ("0.200",),
    ]]  # fmt: skip


def test_without_a_family_the_battery_has_no_columns_for_it():
    [table] = tables_of([car("fhs", 0.5)])
    assert [column.title for column in table.columns] == ["Statistic", "Estimate", "FHS", "Interval", "MDE"]


def test_the_small_print_says_where_each_method_s_p_values_come_from_once():
    rows = [car("fhs", 0.5, null_distribution="a"), car("fhs", 0.5, window=(0, 1), null_distribution="b"),
            car("fhs", 0.4, window=(0, 2), null_distribution="a"), car("sq", 0.5, null_distribution="ranks"),
            row("E1", "topix", (1, 5), "VR", "fhs", null_distribution="not here")]  # fmt: skip
    _, *methods = battery.footnotes(tables.records(study(rows).table), Design())
    assert methods == ["FHS: a; b", "SQ: ranks"]


# --- after the event


def after(rows, **changes):
    found = battery.aftermath("E1", book(study(rows, **changes)))
    return None if found is None else (found[0], text(found[1]))


def ratio(window, verdict, estimate=1.2, **numbers):
    return row("E1", "topix", window, "VR", "fhs", estimate=estimate, lower=0.5, upper=3.5, p_value=0.3,
               floor=0.0001, verdict=verdict, **numbers)  # fmt: skip


def test_the_aftermath_tells_verdicts_and_both_half_lives():
    half = row("E1", "topix", (1, 60), "HALF_LIFE", "empirical", estimate=3.0, null_distribution="one path")
    summed, [line] = after([ratio((1, 5), "elevated", 3.4), ratio((6, 20), "normalised"), half])
    assert summed == "normalised on 1 of 1 series"
    assert line == [
        ("TOPIX", "Tokyo close"), ("3.40×", "elevated", "p 0.300", "[0.50, 3.50]×"),
        ("1.20×", "normalised", "p 0.300", "[0.50, 3.50]×"), ("3", "one path"), ("8.9", "[3.20, ∞]"),
    ]  # fmt: skip


def test_a_half_life_that_the_next_event_cut_off_is_a_lower_bound():
    cut = row("E1", "topix", (1, 60), "HALF_LIFE", "empirical", lower=2.0, upper=np.inf,
              null_distribution="censored")  # fmt: skip
    summed, [line] = after([cut], fits=pd.DataFrame([fit_of("usdjpy")]))
    assert summed == "the next listed event came first"
    assert line[1:] == [("≥ 2", "censored"), (DASH,)]


def test_a_stretch_with_a_missing_return_has_no_verdict():
    missing = ratio((6, 20), "normalised", np.nan) | {"lower": np.nan, "upper": np.nan, "p_value": np.nan}
    summed, [line] = after([ratio((1, 5), "undecided"), missing])
    assert summed == "undecided on 1 of 1 series"
    assert line[2] == (DASH, "a session has no return")


def test_where_nothing_can_be_said_of_any_series_there_is_no_aftermath():
    silent = row("E1", "topix", (1, 60), "HALF_LIFE", "empirical", null_distribution="no excess")
    assert after([silent, car("fhs", 0.5)]) is None


# --- questions over many events


def asked(rows):
    frame = pd.DataFrame(rows, columns=list(QUESTION_COLUMNS))
    return answers.answers(study([car("fhs", 0.5)], questions=frame))


def test_a_question_is_one_line_a_series_and_window_with_all_methods_side_by_side():
    common = {"estimate": -1.61, "lower": -4.9, "upper": 1.68, "mde": 4.4, "p_holm": 1.0}
    [answer] = asked([
        question_row("response", "escalation", "topix", p_value=0.217, floor=0.0, **common),
        question_row("response", "escalation", "topix", method="sign_flip", p_value=0.375,
                     floor=0.125, **common),
        question_row("response", "escalation", "topix", method="savickas", statistic="SAR", p_value=0.01,
                     floor=0.0, estimate=-1.7),
        question_row("response", "escalation", "topix", method="grank_t", statistic="RANK", p_value=0.3,
                     floor=0.0, estimate=-0.2),
        question_row("response", "escalation", "topix", (0, 1), p_value=0.5, floor=0.0),
    ])  # fmt: skip
    assert answer.title == "Do returns respond?"
    [table] = answer.tables
    assert [column.title for column in table.columns][6:] == [
        "t", "sign flip", "GRANK-T", "Savickas", "Holm",
    ]  # fmt: skip
    assert text(table) == [[
        ("escalation", "TOPIX"), ("CAR(0,4)",), ("4",), ("−1.61σ",), ("[−4.90, +1.68]σ",), ("4.40σ",),
        ("0.217",), ("0.375", "at least 0.125"), ("0.300",), ("0.0100**", "−1.70σ"), ("1.000",),
    ]]  # fmt: skip


def test_refusals_are_told_once_with_all_that_they_hold_for():
    told = {"method": "", "refusal": "2 episodes: bring more events", "n": 2}
    [answer] = asked([
        question_row("response", "talks", series, window, **told)
        for series in ("usdjpy", "topix") for window in ((0, 0), (0, 4))
    ])  # fmt: skip
    assert answer.tables == ()
    assert answer.refusals == (
        "talks, USD/JPY, New York 17:00 (0,0) (0,4); TOPIX (0,0) (0,4): 2 episodes: bring more events",
    )


def test_episodes_that_do_not_count_are_told_once_a_reason():
    missing = {"left_out": "B: in doubt; C: X03 followed X01"}
    [answer] = asked([
        question_row("response", "escalation", "topix", p_value=0.5, **missing),
        question_row("response", "talks", "topix", p_value=0.5, left_out="B: in doubt"),
        question_row("response", "talks", "usdjpy", p_value=0.5),
    ])  # fmt: skip
    assert answer.left_out == (
        "escalation, talks, without B: in doubt",
        "escalation, without C: X03 followed X01",
    )


def test_returns_and_volatility_of_one_question_are_two_tables():
    [answer] = asked([
        question_row("negative control", "effective", "topix", p_value=0.5),
        question_row("negative control", "effective", "topix", statistic="CAV", method="bgw_fhs",
                     p_value=0.5),
    ])  # fmt: skip
    assert [table.rows[0][1].text for table in answer.tables] == ["CAR(0,4)", "CAV(0,4)"]


def test_one_event_on_all_series_is_one_line_of_windows():
    [answer] = asked([
        question_row("any series", "X01", "topix usdjpy", window, statistic="CAR", method="wald",
                     estimate=13.44, p_value=0.0123, floor=0.0001, n=2)
        for window in ((0, 0), (0, 4))
    ])  # fmt: skip
    [table] = answer.tables
    assert [column.title for column in table.columns] == ["Event", "CAR(0,0)", "CAR(0,4)"]
    assert text(table) == [[("X01",), *[("0.0123*", "13.4 on 2 series")] * 2]]


def test_an_unknown_question_is_shown_under_its_own_name():
    [answer] = asked([question_row("my question", "news", "topix", p_value=0.5)])
    assert (answer.title, answer.meaning) == ("my question", "")


# --- the specification curve


def curves(rows, **changes):
    frame = pd.DataFrame(rows, columns=list(CURVE_COLUMNS))
    return specifications.curve(book(make_result(make_events(1), ("topix",), curve=frame, **changes)))


def four():
    """Sorted by estimate: egarch, masked, the study's own, the longer window, which alone does not reject."""
    return [
        curve_row("X01", "topix", -6.0, 0.01),
        curve_row("X01", "topix", -7.0, 0.02, variance="egarch", bridge="event"),
        curve_row("X01", "topix", -5.0, 0.2, estimation=1000),
        curve_row("X01", "topix", -6.5, 0.04, masked="2024-08-05 2024-08-06"),
        curve_row("X01", "topix", 99.0, 0.9, window_end=1),
    ]


def test_a_curve_is_sorted_and_tells_rejections_and_the_study_s_own_specification():
    found = curves(four())
    rejected, kept, own, _ = found.figure["cells"]["X01 topix CAR"]
    assert (rejected["x"], rejected["y"]) == ([1, 2, 3], [-7.0, -6.5, -6.0])
    assert (kept["x"], kept["y"], kept["text"]) == ([4], [-5.0], ["p 0.200"])
    assert own == {"x": [3], "y": [-6.0]}
    assert kept["error_y"]["array"] == [pytest.approx(2.94, abs=1e-3)]  # 1.96 times 1.5, four digits
    assert found.selected == "X01 topix CAR"


def test_the_squares_below_a_curve_say_what_each_specification_chose():
    figure = curves(four()).figure
    labels = figure["layout"]["yaxis2"]["ticktext"]
    assert labels == [
        "without 2 days of 2024-08", "no day left out", "bridge event", "bridge episode", "1,000 sessions",
        "500 sessions", "EGARCH t", "GJR t",
    ]  # fmt: skip
    dots = figure["cells"]["X01 topix CAR"][3]
    chosen = {place: {labels[y] for x, y in zip(dots["x"], dots["y"], strict=True) if x == place}
              for place in range(1, 5)}  # fmt: skip
    assert chosen[1] == {"EGARCH t", "500 sessions", "bridge event", "no day left out"}
    assert chosen[2] == {"GJR t", "500 sessions", "bridge episode", "without 2 days of 2024-08"}
    assert chosen[4] == {"GJR t", "1,000 sessions", "bridge episode", "no day left out"}


def test_another_clock_of_the_same_instrument_is_not_the_study_s_own_specification():
    rows = [curve_row("X01", "topix", -5.0, 0.5, clock="new_york_1700"), curve_row("X01", "topix", -6.0, 0.5)]
    figure = curves(rows).figure
    assert figure["cells"]["X01 topix CAR"][2] == {"x": [1], "y": [-6.0]}
    assert set(figure["layout"]["yaxis2"]["ticktext"]) == {"its own clock", "another clock"}


def test_plotly_itself_accepts_a_curve():
    figure = curves(four()).figure
    traces = [
        style | points
        for style, points in zip(figure["styles"], figure["cells"]["X01 topix CAR"], strict=True)
    ]
    drawn = plotly.graph_objects.Figure({"data": traces, "layout": figure["layout"]})
    assert [len(trace.x) for trace in drawn.data] == [3, 1, 1, 16]


def test_the_table_tells_how_many_specifications_agree_and_how_far_they_reach():
    """The study's own rejects; three of four come to its conclusion, one does not."""
    [table] = curves(four()).tables
    assert [column.title for column in table.columns] == ["Event", "CAR(0,1)", "CAR(0,4)"]
    assert text(table) == [[("X01",), ("0 of 1", "+99.0 to +99.0"), ("3 of 4", "−7.0 to −5.0")]]
    assert [cell.tone for cell in table.rows[0][1:]] == ["bad", "middling"]


def test_a_study_without_a_curve_does_not_speak_of_one():
    assert curves([]) is None
    result = make_result(make_events(1), ("topix",))
    told = page(make_report(result=replace(result, curve=result.curve.iloc[:0]), count=1))
    assert '<section id="curve">' not in told


def test_the_curve_of_a_page_is_data_that_a_parser_accepts_and_every_choice_leads_to_it():
    html = page(make_report())
    section = html[html.index('<section id="curve">') :]
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', section, re.DOTALL)[1])
    offered = re.findall(r'<option value="([^"]*)"', section)
    assert len(offered) == 9
    assert set(offered) == set(data["cells"])
    assert section.count(" selected>") == 1
