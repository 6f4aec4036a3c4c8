"""Which episodes answer which question, and the rows and reasons that come out."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from eventstudy.inference.questions import COMPOSITES, Material, multi_event_rows
from eventstudy.inference.volatility_effect import Windows
from eventstudy.results import QUESTION_COLUMNS
from tests.multi_event_worlds import AFTER, CALM, DESIGN, WINDOWS, News, arrivals, cell, cells, residuals

DESIGN = replace(DESIGN, windows=WINDOWS)
FOUR = tuple(News(f"E{i}", 20 * i, "escalation") for i in range(4))
OPPOSITE = tuple(News(f"D{i}", 100 + 20 * i, "de-escalation") for i in range(4))


def asked(*news, measured=None, seed=0, design=DESIGN, **changes):
    """Rows as a frame and what was left out."""
    told = measured if measured is not None else cells(*news)
    rows, left_out = multi_event_rows(Material(arrivals(*news), told, **changes), design, seed)
    return pd.DataFrame(rows), left_out


def one(frame, **wanted):
    """The only row with these values."""
    found = frame[np.logical_and.reduce([frame[name] == value for name, value in wanted.items()])]
    assert len(found) == 1, found
    return found.iloc[0]


def reasons(left_out, window=(0, 0)):
    return {item.episode: item.reason for item in left_out if item.window == window}


def test_the_rows_have_the_columns_of_the_result():
    frame, left_out = asked(*FOUR)
    assert set(QUESTION_COLUMNS) - {"left_out"} <= set(frame.columns)
    assert left_out == ()


def test_the_mean_effect_of_a_direction_is_students_t_over_its_episodes():
    frame, _ = asked(*FOUR)
    first_days = [item.abnormal[0] for item in cells(*FOUR)]
    row = one(frame, question="response", direction="escalation", window_end=0, method="episode_t")
    assert row["estimate"] == pytest.approx(np.mean(first_days))
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(first_days, 0.0).pvalue)
    assert (row["n"], row["refusal"], row["series"]) == (4, "", "nikkei225")
    longer = [item.abnormal.sum() / math.sqrt(5) for item in cells(*FOUR)]
    row = one(frame, question="response", direction="escalation", window_end=4, method="episode_t")
    assert row["estimate"] == pytest.approx(np.mean(longer))


def test_each_question_is_answered_by_every_method_that_suits_it():
    frame, _ = asked(*FOUR)
    response = frame[frame["question"] == "response"]
    day0, window = (set(response[response["window_end"] == end]["method"]) for end in (0, 4))
    assert day0 == {"episode_t", "sign_flip", "grank_t", "grank_z", "savickas"}
    assert window == {"episode_t", "sign_flip", "grank_t", "grank_z"}
    volatility = frame[(frame["question"] == "volatility") & (frame["direction"] == "news")]
    assert set(volatility["method"]) == {"bgw_fhs", "bgw_chi2", ""}


def test_opposite_directions_are_weighed_with_opposite_signs():
    news = (*FOUR, *OPPOSITE)
    frame, _ = asked(*news)
    signed = [(1 if item.event[0] == "D" else -1) * item.abnormal[0] for item in cells(*news)]
    row = one(frame, question="direction", window_end=0, method="episode_t")
    assert row["estimate"] == pytest.approx(np.mean(signed))
    assert row["n"] == 8


def test_directions_that_no_event_has_are_not_asked_about():
    frame, _ = asked(*FOUR)
    assert set(frame["direction"]) == {"escalation", "news"}


def test_an_episode_counts_once_and_under_its_first_direction():
    april = (
        News("E05", 60, "escalation", "C"), News("E07", 62, "escalation", "C"),
        News("E12", 65, "de-escalation", "C"),
    )  # fmt: skip
    frame, left_out = asked(*FOUR[:3], *april, *OPPOSITE)
    escalation = one(frame, question="response", direction="escalation", window_end=0, method="episode_t")
    easing = one(frame, question="response", direction="de-escalation", window_end=0, method="episode_t")
    assert (escalation["n"], easing["n"]) == (4, 4)
    assert reasons(left_out) == {
        "C": "E12 followed E05, and an episode counts once, under its first direction (escalation)"
    }


def test_a_window_that_holds_the_opposite_direction_answers_no_question_about_one():
    court = (News("E17", 60, "de-escalation", "F"), News("E18", 61, "escalation", "F"))
    frame, left_out = asked(*FOUR[:3], *court, *OPPOSITE)
    easing = one(frame, question="response", direction="de-escalation", window_end=0, method="episode_t")
    longer = one(frame, question="response", direction="de-escalation", window_end=4, method="episode_t")
    assert (easing["n"], longer["n"]) == (5, 4)
    told = {item.direction: item.reason for item in left_out if item.episode == "F" and item.window == (0, 4)}
    assert told["de-escalation"] == "its window also holds E18 (escalation)"
    # volatility has no sign: there the episode stays
    news = one(frame, question="volatility", direction="news", window_end=4, method="bgw_fhs")
    assert news["n"] == 8


def test_a_negative_control_is_one_only_while_nothing_else_happens():
    controls = tuple(News(f"F{i}", 100 + 20 * i, "effective") for i in range(4))
    bank = News("X09", 102, "confounder", kind="confounder")
    frame, left_out = asked(*controls, bank, measured=cells(*controls))
    row = one(frame, question="negative control", window_end=0, method="episode_t")
    assert (row["n"], row["direction"]) == (4, "effective")
    assert one(frame, question="negative control", window_end=4, method="episode_t")["n"] == 3
    assert reasons(left_out, (0, 4)) == {"F0": "its window also holds X09 (confounder)"}
    assert not frame["direction"].eq("confounder").any()


def test_other_news_inside_an_escalation_is_part_of_its_window():
    talks = News("T1", 62, "talks", "E3")
    frame, _ = asked(*FOUR, talks, measured=cells(*FOUR, talks))
    assert one(frame, question="response", direction="escalation", window_end=4, method="episode_t")["n"] == 4


def test_of_two_episodes_whose_windows_share_a_session_the_first_counts():
    near = News("E9", 22, "escalation")
    frame, left_out = asked(*FOUR, near)
    assert one(frame, question="response", direction="escalation", window_end=0, method="episode_t")["n"] == 5
    assert one(frame, question="response", direction="escalation", window_end=4, method="episode_t")["n"] == 4
    day = AFTER[22].date()
    shared = f"its window shares {day} with that of episode E1, which came first"
    assert reasons(left_out, (0, 4)) == {"E9": shared}


def test_an_event_whose_session_is_in_doubt_does_not_count():
    doubtful = News("E9", 90, "escalation", ambiguous=True)
    frame, left_out = asked(*FOUR, doubtful)
    assert one(frame, question="response", direction="escalation", window_end=0, method="episode_t")["n"] == 4
    assert reasons(left_out) == {"E9": "the first session of E9 is in doubt"}


def test_an_event_that_was_not_measured_is_named():
    later = News("E9", 90, "escalation")
    frame, left_out = asked(*FOUR, later, measured=(*cells(*FOUR), cell("E9", 90, [1.0])))
    assert one(frame, question="response", direction="escalation", window_end=0, method="episode_t")["n"] == 5
    assert reasons(left_out, (0, 4)) == {"E9": "E9 could not be measured over this window"}


def test_two_episodes_are_refused_with_the_reason_in_a_row_of_its_own():
    frame, _ = asked(*FOUR[:2])
    row = one(frame, question="response", direction="escalation", window_end=0)
    assert (row["method"], row["n"]) == ("", 2)
    assert math.isnan(row["p_value"])
    assert "not testable" in row["refusal"]


def test_a_window_that_starts_before_day_0_has_an_origin_and_a_cell_of_its_own():
    news = tuple(replace(item, start=item.start + 1) for item in FOUR)
    early = tuple(
        cell(item.event, item.start - 1, [0.5, 1.0 + i, -0.5], windows=((-1, 1),), to_day0=2)
        for i, item in enumerate(news)
    )
    design = replace(DESIGN, windows=((-1, 1), (0, 0)))
    frame, _ = asked(*news, measured=(*cells(*news, steps=1), *early), design=design)
    row = one(frame, question="response", window_start=-1, method="episode_t")
    assert row["estimate"] == pytest.approx(np.mean([1, 2, 3, 4]) / math.sqrt(3))
    assert one(frame, question="response", window_start=0, method="episode_t")["n"] == 4


def test_a_composite_weighs_the_series_of_one_clock_and_leaves_out_who_is_not_there():
    names = ("nikkei225", "topix")
    generator = np.random.default_rng(4)
    z = residuals(3, series=2)
    measured = tuple(
        cell(item.event, item.start, generator.standard_normal(5), series=name, z=z[:, i])
        for item in FOUR
        for i, name in enumerate(names)
    )
    assert COMPOSITES["equities"] == ("nikkei225", "topix", "jpx_nikkei_400")
    told = Material(arrivals(*FOUR, series=names), measured)
    rows = pd.DataFrame(multi_event_rows(told, DESIGN, 0)[0])
    pairs = np.array([item.abnormal[0] for item in measured]).reshape(4, 2)
    row = one(rows, question="response", series="equities", window_end=0, method="episode_t")
    assert row["estimate"] == pytest.approx(pairs.mean())
    assert row["p_value"] == pytest.approx(stats.ttest_1samp(pairs.mean(axis=1), 0.0).pvalue)
    # block correlation: four pairs of one date among 28, each with the correlation of the residuals
    rbar = 4 * np.corrcoef(z.T)[0, 1] / 28
    ratio = stats.ttest_1samp(pairs.ravel(), 0.0).statistic * math.sqrt((1 - rbar) / (1 + 7 * rbar))
    row = one(rows, question="response", series="equities", window_end=0, method="kp_block_events")
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(ratio), 3))
    row = one(rows, question="response", series="equities", window_end=0, method="kp_block_cells")
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(ratio), 7))
    assert row["n"] == 4
    equities = rows[(rows["series"] == "equities") & (rows["window_end"] == 0)]
    assert set(equities["method"]) == {
        "episode_t", "sign_flip", "kp_block_events", "kp_block_cells", "grank_t",
    }  # fmt: skip


def test_series_of_different_clocks_make_no_composite():
    names = ("nikkei225", "topix")
    measured = tuple(
        replace(item, clock="tokyo_close" if item.series == "nikkei225" else "new_york_1700")
        for item in cells(*FOUR, series=names)
    )
    rows, _ = multi_event_rows(Material(arrivals(*FOUR, series=names), measured), DESIGN, 0)
    assert {row["series"] for row in rows} == set(names)


def test_an_episode_that_one_member_lacks_is_no_episode_of_the_composite():
    names = ("nikkei225", "topix")
    measured = tuple(
        item for item in cells(*FOUR, series=names) if (item.event, item.series) != ("E2", "topix")
    )
    rows, left_out = multi_event_rows(Material(arrivals(*FOUR, series=names), measured), DESIGN, 0)
    frame = pd.DataFrame(rows)
    assert one(frame, series="equities", question="response", window_end=0, method="episode_t")["n"] == 3
    told = {item.series: item.reason for item in left_out if item.window == (0, 0)}
    assert told == {
        "topix": "E2 could not be measured over this window",
        "equities": "topix: E2 could not be measured over this window",
    }


def test_estimation_windows_that_share_too_few_sessions_leave_the_cells_without_a_correlation():
    names = ("nikkei225", "topix")
    measured = tuple(
        item if item.series == "nikkei225" else replace(item, residual_days=CALM + pd.Timedelta(days=301))
        for item in cells(*FOUR, series=names)
    )
    rows, _ = multi_event_rows(Material(arrivals(*FOUR, series=names), measured), DESIGN, 0)
    frame = pd.DataFrame(rows)
    equities = frame[(frame["series"] == "equities") & (frame["window_end"] == 0)]
    assert set(equities["method"]) == {"episode_t", "sign_flip", ""}
    assert "share too few sessions" in one(equities, method="")["refusal"]


def test_placebo_windows_give_the_volatility_its_default_null():
    generator = np.random.default_rng(5)
    placebos = {("nikkei225", (0, 4)): Windows(generator.standard_normal((80, 5)), np.ones((80, 5)))}
    frame, _ = asked(*FOUR, placebos=placebos)
    row = one(frame, question="volatility", direction="news", window_end=4, method="bgw_bootstrap")
    assert row["statistic"] == "CAV"
    assert row["null_distribution"] == "199 draws of 4 of 80 placebo windows, upper tail"
    lacking = one(frame, question="volatility", direction="news", window_end=0, method="")
    assert "0 placebo windows" in lacking["refusal"]


def test_the_shared_mean_widens_the_test_over_episodes():
    known, _ = asked(*FOUR)
    estimated, _ = asked(*FOUR, measured=tuple(replace(item, mean_variance=0.04) for item in cells(*FOUR)))
    wanted = {"question": "response", "window_end": 4, "method": "episode_t"}
    before, after = one(known, **wanted), one(estimated, **wanted)
    # forecast variance 5 + 25 x .04 = 6; the mean's share of each SCAR is 5 x .2 / sqrt(6), alike for all
    assert after["estimate"] == pytest.approx(before["estimate"] * math.sqrt(5 / 6))
    assert after["se"] == pytest.approx(math.sqrt(before["se"] ** 2 * 5 / 6 + 1 / 6))


def test_holm_adjusts_each_method_over_the_series_and_windows_of_its_question():
    frame, _ = asked(*FOUR)
    mine = frame[(frame["question"] == "response") & (frame["method"] == "episode_t")]
    p = mine["p_value"].to_numpy()
    assert len(p) == 2
    assert mine["p_holm"].min() == pytest.approx(min(2 * p.min(), 1))


def test_answers_depend_on_the_seed_and_not_on_the_order_of_cells():
    news = (*FOUR, *OPPOSITE)
    forward, _ = asked(*news)
    backward, _ = asked(*news, measured=cells(*news)[::-1])
    keys = ["question", "direction", "series", "window_start", "window_end", "statistic", "method"]
    ordered = [frame.sort_values(keys).reset_index(drop=True) for frame in (forward, backward)]
    pd.testing.assert_frame_equal(*ordered)
    other, _ = asked(*news, seed=1)
    volatile = forward["method"] == "bgw_fhs"
    assert not forward["p_value"][volatile].equals(other["p_value"][volatile])
    assert forward["p_value"][~volatile].equals(other["p_value"][~volatile])
