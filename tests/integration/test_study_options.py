"""What a study offers on request: masked sessions, refitted parameters, a joint likelihood, bars."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import BadValue
from eventstudy.simulate import Effect

NEWS = es.Event("N1", "2025-04-02T16:00:00-04:00", "announcement", direction="escalation")
PLAIN = es.Design(
    replications=499, starts=1, placebos=0, estimation=300, windows=((0, 0), (0, 4)), second_opinion=False
)
SHOCK = {"escalation": Effect(-4.0, -2.0, (9.0, 9.0, 9.0, 9.0, 9.0))}


@pytest.fixture(scope="module")
def market():
    return es.simulate_market(seed=21, events=[NEWS], effects=SHOCK)


def study(market, design, **more):
    return es.event_study(market.closes(["topix"]), [NEWS], design, seed=4, **more)


def rows(result, **wanted):
    table = result.to_frame()
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table


def test_masked_sessions_neither_fit_nor_serve_as_draws(market):
    day = date(2024, 8, 5)
    prices = market.closes(["topix"])
    spiked = prices.copy()
    spiked.loc["2024-08-05":] *= 0.75  # one return of -29 per cent
    with_spike = es.event_study(spiked, [NEWS], PLAIN, seed=4)
    masked = es.event_study(spiked, [NEWS], replace(PLAIN, masked=(day,)), seed=4)
    clean = es.event_study(prices, [NEWS], replace(PLAIN, masked=(day,)), seed=4)
    assert with_spike.fits["nu"].item() < masked.fits["nu"].item()
    # the masked return is the only one that differs, so nothing else may
    pd.testing.assert_frame_equal(masked.to_frame(), clean.to_frame(), rtol=1e-6)
    assert set(rows(masked, method="constant_t").n) == {299}


def test_masked_sessions_outside_the_window_change_nothing(market):
    other = study(market, replace(PLAIN, masked=(date(2022, 8, 5),)))
    pd.testing.assert_frame_equal(other.to_frame(), study(market, PLAIN).to_frame())


def test_parameter_draws_add_their_own_rows_and_leave_the_others_alone(market):
    plain, layered = study(market, PLAIN), study(market, replace(PLAIN, parameter_draws=49))
    added = rows(layered, method="fhs_params")
    assert set(added.statistic) == {"AR", "AV", "CAR", "CAV"}
    assert added.null_distribution.str.contains("49 refits").all()
    rest = layered.to_frame().query("method != 'fhs_params'").reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, plain.to_frame())


def test_a_joint_likelihood_finds_the_variance_that_was_planted(market):
    result = study(market, replace(PLAIN, joint_replications=39))
    found = rows(result, method="joint_lr")
    assert found[["window_start", "window_end"]].to_numpy().tolist() == [[0, 4]]  # one day is refused
    assert found.p_value.item() <= 0.05
    assert found.lower.item() < 9 < found.upper.item()


def test_bars_give_the_range_a_voice_and_their_absence_is_no_error(market):
    bars = {"topix": market.bars["topix"][["open", "high", "low"]]}
    with_bars, without = study(market, PLAIN, bars=bars), study(market, PLAIN)
    assert set(rows(with_bars, statistic="RAV").method) == {
        "parkinson", "garman_klass", "rogers_satchell", "yang_zhang",
    }  # fmt: skip
    assert rows(without, statistic="RAV").empty
    rest = with_bars.to_frame().query("statistic != 'RAV'").reset_index(drop=True)
    pd.testing.assert_frame_equal(rest, without.to_frame())


def test_a_young_event_has_ranges_as_far_as_its_bars_go(market):
    closes = market.closes(["topix"]).loc[:"2025-04-10"]
    bars = {"topix": market.bars["topix"].loc[:"2025-04-10", ["open", "high", "low"]]}
    result = es.event_study(closes, [NEWS], PLAIN, seed=4, bars=bars)
    young = rows(result, statistic="RAV", method="parkinson")
    assert young[["window_start", "window_end"]].to_numpy().tolist()[-1] == [0, 4]
    assert young.estimate.notna().all()


def test_bars_without_highs_and_lows_count_as_none(market):
    empty = pd.DataFrame(np.nan, index=market.bars["topix"].index, columns=["open", "high", "low"])
    assert rows(study(market, PLAIN, bars={"topix": empty}), statistic="RAV").empty


def test_the_aftermath_has_a_verdict_and_ends_at_the_next_event(market):
    result = study(market, PLAIN)
    after = rows(result, statistic="VR")
    assert after[["window_start", "window_end"]].to_numpy().tolist() == [[1, 5], [6, 20], [21, 60]]
    assert set(after.verdict) <= {"elevated", "normalised", "undecided"}
    assert after.verdict.iloc[0] == "elevated"
    later = es.Event("N2", "2025-04-14T09:00:00-04:00", "more", direction="talks")
    both = es.event_study(market.closes(["topix"]), [NEWS, later], PLAIN, seed=4)
    first = both.to_frame().query("event == 'N1' and statistic == 'VR'")
    assert first[["window_start", "window_end"]].to_numpy().tolist() == [[1, 5]]


def test_half_lives_stand_beside_each_fit(market):
    row = study(market, PLAIN).fits.iloc[0]
    assert row.half_life == pytest.approx(np.log(0.5) / np.log(row.persistence), rel=1e-6)
    assert row.half_life_lower < row.half_life < row.half_life_upper


@pytest.mark.parametrize(
    ("field", "value"),
    [("placebos", -1), ("parameter_draws", 1.5), ("joint_replications", -3), ("family", "nation")],
)
def test_choices_that_make_no_sense_are_refused_by_name(field, value):
    with pytest.raises(BadValue, match=field):
        es.Design(**{field: value})
