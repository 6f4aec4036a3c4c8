"""Empirical size: every placebo date tested as if it were the event."""

import numpy as np
import pytest
from scipy import stats

import eventstudy as es
from eventstudy.inference.placebo import regime_members
from eventstudy.placebos import Geometry, fit_placebos
from eventstudy.returns import on_sessions
from eventstudy.sizes import (
    FEWEST_EARLIER,
    earlier_matched,
    placebo_p_values,
    quiet_windows,
    size_rows,
)

DESIGN = es.Design(estimation=250, placebos=150, second_opinion=False)


@pytest.fixture(scope="module")
def series():
    closes = es.simulate_market(seed=12).closes(["topix"])["topix"]
    return on_sessions("topix", closes, "tokyo_close")


@pytest.fixture(scope="module")
def fits(series):
    return fit_placebos(series, [], DESIGN, 30)


@pytest.fixture(scope="module")
def tested(series, fits):
    return placebo_p_values(fits, Geometry(10, 1), (0, 4), [], len(series.returns) - 1)


def test_constant_t_is_the_textbook_t_at_each_date(series, tested):
    path, found = tested
    for row in (0, len(path.rows) // 2):
        day0 = path.day0[row]
        calm, after = series.returns[day0 - 260 : day0 - 10], series.returns[day0 : day0 + 5]
        error = calm.std(ddof=1) * np.sqrt(5 + 25 / 250)
        p = 2 * stats.t.sf(abs((after - calm.mean()).sum()) / error, 249)
        assert found["CAR", "constant_t"][row] == pytest.approx(p, rel=1e-12)


def test_constant_chi2_takes_the_variance_for_constant_and_normal(series, tested):
    path, found = tested
    day0 = path.day0[3]
    calm, after = series.returns[day0 - 260 : day0 - 10], series.returns[day0 : day0 + 5]
    total = ((after - calm.mean()) ** 2).sum() / calm.var(ddof=1)
    assert found["CAV", "constant_chi2"][3] == pytest.approx(stats.chi2.sf(total, 5), rel=1e-12)


def test_garch_z_is_the_normal_tail_of_the_studentised_effect(fits, tested):
    path, found = tested
    error = np.sqrt(path.shocks.sum(axis=1) + 25 * fits.windows[path.rows].var(axis=1) / 250)
    p = 2 * stats.norm.sf(np.abs(path.abnormal.sum(axis=1)) / error)
    np.testing.assert_allclose(found["CAR", "garch_z"], p, rtol=1e-12)


def test_simulated_p_values_agree_with_the_normal_ones_where_tails_do_not_matter(tested):
    _, found = tested
    # 499 draws and residual tails: p-values differ by a few hundredths, their ranks hardly
    assert np.abs(found["CAR", "fhs"] - found["CAR", "garch_z"]).mean() < 0.05
    assert stats.spearmanr(found["CAR", "fhs"], found["CAR", "garch_z"]).statistic > 0.99


def test_earlier_matched_is_the_rank_among_earlier_dates_of_the_quartile():
    generator = np.random.default_rng(3)
    count = FEWEST_EARLIER + 60
    statistic, eve = generator.normal(size=(2, count)), generator.lognormal(size=count)
    found = earlier_matched(statistic, eve, 2)
    assert np.isnan(found[:, : FEWEST_EARLIER + 2]).all()
    for date in (FEWEST_EARLIER + 2, count - 1):
        past = eve[: date - 1]
        edges = np.quantile(past, [0.25, 0.5, 0.75])
        like = np.searchsorted(edges, past, "right") == np.searchsorted(edges, eve[date], "right")
        for one in range(2):
            exceed = np.sum(statistic[one, : date - 1][like] >= statistic[one, date])
            assert found[one, date] == pytest.approx((1 + exceed) / (1 + like.sum()), rel=1e-12)


def test_regimes_are_quartiles_of_the_eve_and_the_top_twentieth():
    members = regime_members(np.arange(1.0, 101.0))
    assert [members[name].sum() for name in ("all", "q1", "q2", "q3", "q4", "top5")] == [
        100,
        25,
        25,
        25,
        25,
        5,
    ]
    assert members["q4"][-25:].all()
    assert members["top5"][-5:].all()


def test_every_window_and_method_has_a_size_by_regime(series, fits):
    rows = size_rows("topix", fits, [], len(series.returns) - 1, DESIGN)
    keys = {(row["window_start"], row["window_end"], row["statistic"], row["method"]) for row in rows}
    assert {(0, 4, "CAR", "fhs"), (0, 4, "CAV", "fhs"), (-1, 1, "CAR", "constant_t")} <= keys
    for row in rows:
        if row["n"]:
            assert 0 <= row["size"] <= 1
            assert row["error"] == pytest.approx(np.sqrt(row["size"] * (1 - row["size"]) / row["n"]))
        else:
            assert np.isnan(row["size"])


def test_a_direct_bridge_has_sizes_of_its_own(series, fits):
    direct = es.Design(estimation=250, placebos=150, bridge="direct", windows=((0, 0),))
    rows = size_rows("topix", fits, [], len(series.returns) - 1, direct)
    assert {row["method"] for row in rows} >= {"fhs", "garch_z", "constant_t"}
    assert "sq_z" not in {row["method"] for row in rows}  # eleven steps ahead it does not apply


def test_quiet_windows_are_the_placebos_of_each_design_window(series, fits):
    quiet = quiet_windows(fits, [], len(series.returns) - 1, DESIGN)
    assert set(quiet) == set(DESIGN.windows)
    assert quiet[0, 4].abnormal.shape == quiet[0, 4].variance.shape
    assert quiet[0, 4].abnormal.shape[1] == 5
    # abnormal returns over their forecast variances have mean about 1 where nothing happened
    assert (quiet[0, 4].abnormal ** 2 / quiet[0, 4].variance).mean() == pytest.approx(1, abs=0.4)


def test_no_placebos_mean_no_sizes():
    assert size_rows("topix", None, [], 10, DESIGN) == []
    assert quiet_windows(None, [], 10, DESIGN) == {}
