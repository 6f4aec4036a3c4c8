"""Placebos in time: where they lie, what they measure, and how an event is ranked among them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.inference.placebo import Observed, PlaceboNull, placebo_measures, rejection_share
from eventstudy.inference.single_event import window_span
from eventstudy.placebos import Geometry, fit_placebos, placebo_ends, placebo_null, placebo_path
from eventstudy.returns import on_sessions

DESIGN = es.Design(estimation=250, placebos=200, second_opinion=False, replications=499, starts=2)


@pytest.fixture(scope="module")
def series():
    closes = es.simulate_market(seed=11).closes(["topix"])["topix"]
    return on_sessions("topix", closes, "tokyo_close")


def test_ends_are_evenly_spaced_and_no_more_than_asked_for(series):
    ends, spacing = placebo_ends(series, [], DESIGN)
    assert 0 < len(ends) <= DESIGN.placebos
    assert set(np.diff(ends)) == {spacing}
    assert np.isfinite(series.returns[: ends[0] + 1]).sum() == DESIGN.estimation


def test_no_estimation_window_holds_a_reaction_to_listed_news(series):
    news = 600
    ends, _ = placebo_ends(series, [news, len(series.returns) - 1], DESIGN)
    begins = ends - DESIGN.estimation + 1  # no return is missing in this world
    assert len(ends)
    assert ((ends < news) | (begins > news + 5)).all()


def test_ends_lie_before_the_last_event_whatever_comes_after(series):
    ends, spacing = placebo_ends(series, [500], DESIGN)
    cut = replace(series, returns=series.returns[:520], sessions=series.sessions[:520])
    again, same = placebo_ends(cut, [500], DESIGN)
    assert ends.max() < 500
    assert ends.tolist() == again.tolist()
    assert spacing == same


def test_without_placebos_or_history_there_are_none(series):
    assert len(placebo_ends(series, [], replace(DESIGN, placebos=0))[0]) == 0
    assert len(placebo_ends(series, [], replace(DESIGN, estimation=5_000))[0]) == 0
    assert fit_placebos(series, [], replace(DESIGN, placebos=0), 5) is None


def test_a_placebo_window_holds_exactly_the_returns_up_to_its_end(series):
    fits = fit_placebos(series, [], DESIGN, 20)
    row = len(fits) // 2
    end = fits.ends[row]
    np.testing.assert_array_equal(fits.windows[row], series.returns[end - 249 : end + 1])
    np.testing.assert_array_equal(fits.behind[row], series.returns[end + 1 : end + 21])


@pytest.mark.parametrize("mean", ["constant", "ar1"])
def test_a_placebo_date_is_measured_as_an_event_on_that_date_would_be(series, mean):
    design = replace(DESIGN, mean=mean)
    fits = fit_placebos(series, [], design, 20)
    path = placebo_path(fits, Geometry(10, 1), (0, 4), [], len(series.returns) - 1)
    row = len(path.rows) // 2
    day0 = series.sessions[path.day0[row]]
    news = es.Event("P", f"{day0.date()}T07:00:00+09:00", "placebo")
    prices = pd.DataFrame({"topix": pd.Series(series.close, index=series.sessions)})
    found = es.event_study(prices, [news], replace(design, placebos=0)).to_frame()
    cell = found[(found.window_start == 0) & (found.window_end == 4) & (found.method == "fhs")]
    car, cav = (cell[cell.statistic == name].estimate.item() for name in ("CAR", "CAV"))
    null = placebo_null(path, (0, 4))
    # the study polishes each fit, the batch does not: parameters differ by about 1e-5 of a standard error
    assert path.abnormal[row].sum() == pytest.approx(car, rel=1e-3, abs=1e-3)
    assert null.squares[row] - 5 == pytest.approx(cav, rel=1e-2, abs=1e-2)
    deviation = path.abnormal[row].sum() / null.z[row]
    garch = found[(found.window_end == 4) & (found.window_start == 0) & (found.method == "garch_z")]
    assert deviation**2 < garch.se.item() ** 2  # garch_z adds the error of the mean
    assert deviation == pytest.approx(garch.se.item(), rel=0.05)


def test_dates_close_to_listed_news_are_no_placebos(series):
    fits = fit_placebos(series, [len(series.returns) - 1], DESIGN, 20)
    news = int(fits.ends[len(fits) // 2]) + 30
    path = placebo_path(fits, Geometry(10, 1), (0, 4), [news], len(series.returns) - 1)
    first, last = path.day0, path.day0 + 4
    assert len(path.day0)
    assert ((last < news - 5) | (first > news + 10)).all()


def test_no_placebo_reaches_beyond_the_eve_of_the_event(series):
    fits = fit_placebos(series, [], DESIGN, 20)
    path = placebo_path(fits, Geometry(10, 1), (0, 4), [], 700)
    assert path.day0.max() + 4 <= 700


NULL = PlaceboNull(
    z=np.array([0.1, -0.2, 0.3, -3.0, *np.linspace(-1, 1, 96)]),
    squares=np.array([0.1, 0.2, 0.3, 9.0, *np.linspace(0.5, 2, 96)]),
    eve_variance=np.repeat([1.0, 2.0, 3.0, 4.0], 25),
)
SPAN = window_span(1, 1, DESIGN)


def rows(effect=2.0, squares=4.0, eve=1.0, null=NULL):
    measures = placebo_measures(Observed(effect, 1.0, squares, eve), null, SPAN)
    return {(row.statistic, row.method): row for row in measures}


def test_p_counts_placebos_at_least_as_extreme():
    found = rows()
    assert found["CAR", "placebo"].p_value == 2 / 101  # only -3.0 is as far from 0 as 2.0
    assert found["CAV", "placebo"].p_value == 2 / 101  # only 9.0 is as large as 4.0
    assert found["CAR", "placebo"].floor == 1 / 101
    assert found["CAR", "placebo"].n == 100


def test_only_dates_of_the_events_own_volatility_quartile_are_matched():
    calm, turbulent = rows(eve=1.0), rows(eve=9.0)
    assert calm["CAR", "placebo_matched"].p_value == 2 / 26  # -3.0 was a calm date
    assert turbulent["CAR", "placebo_matched"].p_value == 1 / 26
    assert turbulent["CAR", "placebo_matched"].n == 25


def test_the_effect_is_compared_in_units_of_its_own_forecast():
    measures = placebo_measures(Observed(20.0, 10.0, 4.0, 1.0), NULL, SPAN)
    assert measures[0].p_value == 2 / 101
    assert measures[0].se == pytest.approx(10 * NULL.z.std())


def test_overlapping_windows_lift_the_floor():
    null = replace(NULL, distinct=0.25)
    assert rows(effect=9.0, null=null)["CAR", "placebo"].p_value == 1 / 26
    assert rows(effect=9.0, null=null)["CAR", "placebo"].floor == 1 / 26


def test_too_few_placebos_give_no_row():
    few = PlaceboNull(NULL.z[:18], NULL.squares[:18], NULL.eve_variance[:18])
    assert rows(null=few) == {}
    none = PlaceboNull(np.empty(0), np.empty(0), np.empty(0))
    assert rows(null=none) == {}


def test_a_share_of_p_values_comes_with_its_error():
    share, error = rejection_share(np.array([0.01, 0.2, np.nan, 0.05, 0.9]), 0.05)
    assert share == 0.5
    assert error == pytest.approx(0.25)
    assert np.isnan(rejection_share(np.array([np.nan]), 0.05)[0])


def test_matched_p_values_are_uniform_where_nothing_happens():
    """Exchangeable dates make p uniform on 1/51..1: 5 % holds two of these steps."""
    generator = np.random.default_rng(8)
    rejected = []
    for _ in range(2_000):
        z, h = generator.standard_t(4, 201), generator.lognormal(size=201)
        null = PlaceboNull(z[1:], z[1:] ** 2, h[1:])
        measure = placebo_measures(Observed(z[0], 1.0, z[0] ** 2, h[0]), null, SPAN)
        rejected.append([row.p_value <= 0.05 for row in measure if row.method == "placebo_matched"])
    share = np.mean(rejected, axis=0)
    assert share == pytest.approx([2 / 51, 2 / 51], abs=3 * np.sqrt(0.04 * 0.96 / 2_000))
