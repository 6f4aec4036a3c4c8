"""The full list of single-event tests on one fitted origin: which rows there are, and in what form."""

import math
from dataclasses import replace

import numpy as np
import pytest

from eventstudy.garch import fit
from eventstudy.inference.battery import Case, day_battery, window_battery
from eventstudy.inference.inside import Inside
from eventstudy.inference.range_volatility import Ranges
from eventstudy.inference.refits import standardised
from eventstudy.inference.resampling import circular_blocks, draw_null
from eventstudy.inference.single_event import Evidence, day_span, headline, window_span
from eventstudy.inference.uncertainty import pooled_null, refitted
from eventstudy.ranges import Moves
from tests.event_worlds import DESIGN, PUBLISHED, simulated_returns, student

HORIZON = 6
RETURNS, _ = simulated_returns(PUBLISHED, student(np.random.default_rng(31), 500 + HORIZON))


def bars(returns, generator):
    """Bars whose range goes with the size of the return."""
    reach = np.abs(returns) * (1 + generator.random(len(returns))) + 0.01
    still = np.zeros(len(returns))
    return Moves(reach, -reach, returns, still, 0)


@pytest.fixture(scope="module")
def case():
    generator = np.random.default_rng(32)
    calm, after = RETURNS[:500], RETURNS[500:]
    fitted = fit(calm, variance="garch", starts=2)
    z, mu = standardised(fitted), float(fitted.params["mu"])
    picks = generator.integers(0, 500, (HORIZON, 1_999))
    null = draw_null(fitted.rule, fitted.next_variance, z, 0.0, picks)
    runs = circular_blocks(generator, 500, (HORIZON, 1_999))
    refits = refitted(fitted, calm, after, generator, 39)
    return Case(
        evidence=Evidence(after - mu, after, null, 0.0, 0.001, calm),
        blocks=draw_null(fitted.rule, fitted.next_variance, z, 0.0, runs),
        inside=Inside(fitted.residuals.to_numpy(), fitted.conditional_variance.to_numpy(), fitted.rule, z),
        refits=refits,
        pooled=pooled_null(refits, null, 0, picks),
        ranges=Ranges(bars(calm, generator), bars(after, generator)),
    )


def names(rows):
    return [(row.statistic, row.method) for row in rows]


COMMON = ["fhs", "garch_z", "constant_t", "fhs_tails", "fhs_block", "sq", "sq_z", "fhs_params"]
DAILY_RANGES = ["parkinson", "garman_klass", "rogers_satchell"]


def test_a_day_has_every_test_once(case):
    found = names(day_battery(case, 1, DESIGN))
    wanted = [("AR", method) for method in COMMON] + [
        ("AV", method) for method in ("fhs", "fhs_block", "fhs_params")
    ]
    assert sorted(found) == sorted(wanted + [("RAV", method) for method in DAILY_RANGES])


def test_a_window_has_every_test_once(case):
    found = names(window_battery(case, 1, 5, DESIGN))
    wanted = [("CAR", method) for method in [*COMMON, "hac_t"]]
    wanted += [("CAV", method) for method in ("fhs", "fhs_block", "fhs_params")]
    wanted += [(name, method) for name in ("MAX", "MIN_CAR") for method in ("fhs", "fhs_block")]
    assert sorted(found) == sorted(wanted + [("RAV", method) for method in [*DAILY_RANGES, "yang_zhang"]])


def test_a_day_and_the_window_of_that_day_share_no_row(case):
    day, window = (names(rows) for rows in (day_battery(case, 1, DESIGN), window_battery(case, 1, 1, DESIGN)))
    assert not set(day) & set(window)
    assert {statistic for statistic, _ in window} == {"CAR", "CAV"}


def test_without_bars_and_refits_their_rows_are_missing_and_no_other(case):
    bare = replace(case, refits=None, pooled=None, ranges=None)
    for measure in (lambda one: day_battery(one, 2, DESIGN), lambda one: window_battery(one, 2, 5, DESIGN)):
        left_out = set(names(measure(case))) - set(names(measure(bare)))
        assert {method for _, method in left_out} <= {"fhs_params", *DAILY_RANGES, "yang_zhang"}
        kept = {(row.statistic, row.method): row for row in measure(case)}
        assert all(kept[row.statistic, row.method] == row for row in measure(bare))


def test_the_first_rows_are_the_headline(case):
    day, window = day_span(3, DESIGN), window_span(1, 5, DESIGN)
    assert day_battery(case, 3, DESIGN)[:4] == headline(case.evidence, day)
    assert window_battery(case, 1, 5, DESIGN)[:4] == headline(case.evidence, window)


def test_every_row_of_the_battery_has_p_floor_and_detectable_effect(case):
    for row in (*day_battery(case, 1, DESIGN), *window_battery(case, 1, 5, DESIGN)):
        assert 0 < row.p_value <= 1, row
        assert row.p_value >= row.floor, row
        assert row.mde > 0, row
        assert row.se > 0, row
        assert row.null_distribution, row
        if row.statistic not in {"MAX", "MIN_CAR"}:
            assert row.lower < row.estimate < row.upper, row


def test_one_step_ahead_no_simulation_claims_more_than_its_residuals_support(case):
    for row in day_battery(case, 1, DESIGN):
        if row.method.startswith("fhs"):
            tails = 2 if row.method == "fhs_tails" else 1
            assert row.floor == pytest.approx(tails / 501), row


def test_one_step_ahead_simulation_and_standardised_ranks_agree(case):
    rows = {(row.statistic, row.method): row for row in day_battery(case, 1, DESIGN)}
    # 1,999 draws from 500 residuals against the residuals themselves, whose small mean the draws leave out
    assert rows["AR", "fhs"].p_value == pytest.approx(rows["AR", "sq_z"].p_value, abs=0.05)
    assert rows["AR", "fhs"].estimate == rows["AR", "sq"].estimate
    assert math.isclose(rows["AR", "fhs"].mde, rows["AR", "sq_z"].mde, rel_tol=0.1)
