"""Values as tables: every expectation is worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from eventstudy.report import tables
from eventstudy.results import PATH_COLUMNS, RESULT_COLUMNS
from eventstudy.values import Design, Event, Exclusion
from tests.report_fixtures import FIGURES, SIGNALS, fit_of, make_events, make_result, row

DAYS = pd.to_datetime(["2025-04-03", "2025-04-04", "2025-04-07", "2025-04-08", "2025-04-09"])


def four(event, series, *, ar, car, av, cav, p, **more):
    """The four headline rows of a pair by FHS, all with one p-value."""
    zero, window = (0, 0), (0, 4)
    kinds = (("AR", zero, ar), ("CAR", window, car), ("AV", zero, av), ("CAV", window, cav))
    return [
        row(event, series, days, name, "fhs", estimate=value, p_value=p, **more)
        for name, days, value in kinds
    ]


def paths_of(event, series, first, variance=2.0):
    """Five sessions from `first` on, as relative days 0..4."""
    sessions = DAYS[first:].append(pd.bdate_range("2025-04-10", periods=first))
    return [
        {"event": event, "series": series, "relative_day": k, "session": day, "forecast_variance": variance}
        for k, day in enumerate(sessions)
    ]


def study(rows, paths=(), **changes):
    table = pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
    frame = pd.DataFrame(list(paths), columns=list(PATH_COLUMNS))
    return make_result(make_events(1), ("topix",), table=table, paths=frame, **changes)


def test_the_headline_takes_day_zero_and_the_headline_window_of_fhs():
    other = row("E1", "topix", (0, 0), "AR", "garch_z", estimate=99.0, p_value=0.9)
    wider = row("E1", "topix", (0, 1), "CAR", "fhs", estimate=77.0, p_value=0.9)
    later = row("E1", "topix", (1, 1), "AR", "fhs", estimate=55.0, p_value=0.9)
    rows = [other, wider, later, *four("E1", "topix", ar=-3.0, car=-5.0, av=4.0, cav=6.0, p=0.02)]
    found = tables.headline(study(rows)).iloc[0]
    assert list(found[["ar", "car", "av", "cav"]]) == [-3.0, -5.0, 4.0, 6.0]
    assert list(found[["ar_p", "car_p", "av_p", "cav_p"]]) == [0.02] * 4
    assert found["window"] == "(0,4)"


def test_each_headline_number_keeps_its_own_floor():
    rows = four("E1", "topix", ar=-3.0, car=-5.0, av=4.0, cav=6.0, p=0.02)
    rows[0]["floor"] = 0.002
    found = tables.headline(study(rows)).iloc[0]
    assert (found["ar_floor"], found["car_floor"]) == (0.002, 0.0001)


def test_a_number_that_the_study_does_not_define_is_nan_and_its_pair_stays():
    rows = four("E1", "topix", ar=-3.0, car=-5.0, av=4.0, cav=6.0, p=0.02)[:2]
    found = tables.headline(study(rows))
    assert len(found) == 1
    assert np.isnan(found.loc[0, "cav"])
    assert np.isnan(found.loc[0, "cav_p"])


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (((0, 0), (0, 4), (0, 9)), (0, 4)),
        (((0, 1), (0, 9), (-20, 20)), (0, 9)),
        (((-2, -1), (-5, 5)), (-5, 5)),
    ],
)
def test_the_headline_window_is_zero_to_four_or_else_the_longest_forward_one(windows, expected):
    assert tables.headline_window(Design(windows=windows)) == expected


def test_the_scoreboard_sets_rejections_beside_chance_and_keeps_families_apart():
    stamp = "2025-04-02T16:00:00-04:00"
    events = [
        Event("E1", stamp, "order", "escalation"),
        Event("E2", stamp, "in force", "effective"),
        Event("E3", stamp, "central bank", kind="confounder"),
    ]
    numbers = {"ar": 1.0, "car": 1.0, "av": 1.0, "cav": 1.0}
    rows = [
        *four("E1", "topix", p=0.05, **numbers),
        *four("E1", "nikkei225", p=0.06, **numbers),
        *four("E1", "usdjpy", p=0.01, **numbers, ambiguous=True),
        *four("E2", "topix", p=0.30, **numbers),
        *four("E3", "topix", p=0.01, **numbers),
    ]
    board = tables.scoreboard(study(rows), events).set_index(["group", "statistic"])
    assert list(board.loc[("studied", "CAR"), ["tests", "rejections", "expected"]]) == [2, 1, 0.1]
    assert list(board.loc[("negative control", "CAV"), ["tests", "rejections"]]) == [1, 0]
    assert list(board.loc[("confounder", "AR"), ["tests", "rejections"]]) == [1, 1]


def test_a_control_counts_as_one_only_while_its_window_holds_no_event_under_study():
    """E2 takes effect on 3 April; E1 is news of 7 April: inside the window of E2, not on its day 0."""
    stamp = "2025-04-02T16:00:00-04:00"
    events = [Event("E1", stamp, "order", "escalation"), Event("E2", stamp, "in force", "effective")]
    numbers = {"ar": 1.0, "car": 1.0, "av": 1.0, "cav": 1.0, "p": 0.5}
    rows = [*four("E1", "topix", **numbers), *four("E2", "topix", **numbers)]
    reactions = pd.DataFrame({"event": ["E1", "E2"], "series": "topix", "session": [DAYS[2], DAYS[0]]})
    paths = [*paths_of("E1", "topix", 2), *paths_of("E2", "topix", 0)]
    board = tables.scoreboard(study(rows, paths, reactions=reactions), events)
    families = board.set_index("statistic").groupby("group").groups
    assert list(families["negative control"]) == ["AR", "AV"]
    assert list(families["overlapped control"]) == ["CAR", "CAV"]


def test_families_without_a_test_have_no_row():
    rows = four("E1", "topix", ar=1.0, car=1.0, av=1.0, cav=1.0, p=0.5)
    board = tables.scoreboard(study(rows), [Event("E1", "2025-04-02T16:00:00-04:00", "order")])
    assert set(board["group"]) == {"studied"}


def test_true_effects_of_a_shared_session_add_and_variance_multiples_multiply():
    """E1 and E2 hit 3 April, E3 hits 7 April: two sessions inside the window of E1 and E2."""
    rows = [
        *four("E1", "topix", ar=-2.5, car=-1.0, av=9.0, cav=1.0, p=0.5, lower=-4.0, upper=0.0),
        *four("E3", "topix", ar=1.5, car=1.0, av=9.0, cav=1.0, p=0.5, lower=0.0, upper=0.5,
              session=DAYS[2]),
    ]  # fmt: skip
    truth = pd.DataFrame(
        [
            ("E1", "topix", DAYS[0], -2.0, 4.0),
            ("E1", "topix", DAYS[1], 0.0, 2.0),
            ("E2", "topix", DAYS[0], -1.0, 1.5),
            ("E3", "topix", DAYS[2], 0.5, 3.0),
            ("E1", "usdjpy", DAYS[0], 50.0, 50.0),
        ],
        columns=["event", "series", "session", "mean_effect", "variance_multiple"],
    )
    paths = [*paths_of("E1", "topix", 0), *paths_of("E3", "topix", 2)]
    sides = tables.truth_beside_estimates(study(rows, paths), truth).set_index("event")
    assert sides.loc["E1", "true_ar"] == -3.0
    assert sides.loc["E1", "true_car"] == -2.5
    assert sides.loc["E1", "true_multiple"] == 6.0
    assert sides.loc["E1", "expected_av"] == 6.0 + 9.0 / 2.0
    assert sides.loc["E3", "true_ar"] == 0.5
    assert sides.loc["E3", "true_car"] == 0.5
    assert list(sides["ar_inside"]) == [True, True]
    assert list(sides["car_inside"]) == [True, True]


def test_a_session_without_an_injected_effect_has_no_effect_and_a_multiple_of_one():
    rows = four("E1", "topix", ar=1.0, car=1.0, av=9.0, cav=1.0, p=0.5, lower=0.5, upper=2.0)
    truth = pd.DataFrame(
        [("E9", "topix", pd.Timestamp("2025-06-02"), 7.0, 7.0)],
        columns=["event", "series", "session", "mean_effect", "variance_multiple"],
    )
    sides = tables.truth_beside_estimates(study(rows, paths_of("E1", "topix", 0)), truth).iloc[0]
    assert (sides["true_ar"], sides["true_car"], sides["true_multiple"]) == (0.0, 0.0, 1.0)
    assert sides["ar_inside"] is False


def test_without_an_interval_nothing_is_said_about_its_coverage():
    rows = four("E1", "topix", ar=1.0, car=1.0, av=9.0, cav=1.0, p=0.5)
    truth = pd.DataFrame(columns=["event", "series", "session", "mean_effect", "variance_multiple"])
    truth = truth.astype({"mean_effect": float, "variance_multiple": float, "session": "datetime64[us]"})
    sides = tables.truth_beside_estimates(study(rows, paths_of("E1", "topix", 0)), truth).iloc[0]
    assert np.isnan(sides["ar_inside"])


def test_figures_keep_what_was_printed_and_have_nan_where_nothing_was_computed():
    table = tables.figures_table(FIGURES)
    assert list(table["quoted"]) == ["-7.83%", "2,750.12"]
    assert table.loc[0, "evidence"] == "31,136.58 after 33,780.58"
    assert np.isnan(table.loc[1, "computed"])
    assert tables.figures_table(()).empty


def test_signals_show_their_inputs_with_freshness_and_proxies_by_name():
    table = tables.signals_table(SIGNALS)
    assert table.loc[0, "inputs"] == (
        "toyota_7203 fresh 2025-04-11; topix_etf_1306 (proxy of TOPIX) stale 2025-04-10"
    )
    assert table.loc[1, "inputs"] == "nikkei_vi missing"
    assert np.isnan(table.loc[1, "value"])
    assert tables.signals_table(()).empty


def test_fits_drop_the_parameters_that_no_model_has():
    fits = pd.DataFrame([fit_of("topix"), fit_of("usdjpy", phi=0.1)])
    table = tables.fits_table(study(four("E1", "topix", ar=1, car=1, av=1, cav=1, p=1), fits=fits))
    assert "phi" in table.columns
    assert "lambda" not in table.columns


def test_exclusions_are_a_table_even_when_there_are_none():
    rows = four("E1", "topix", ar=1.0, car=1.0, av=1.0, cav=1.0, p=0.5)
    left_out = (Exclusion("*", "jpx_nikkei_400", "no prices"),)
    table = tables.exclusions(study(rows, exclusions=left_out))
    assert table.to_dict("records") == [{"event": "*", "series": "jpx_nikkei_400", "reason": "no prices"}]
    assert list(tables.exclusions(study(rows, exclusions=())).columns) == ["event", "series", "reason"]
