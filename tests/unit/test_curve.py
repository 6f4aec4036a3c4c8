"""The specification curve: which specifications, what each finds, and who agrees."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.curve import UNWIND, agreement, specifications, with_agreement
from eventstudy.results import CURVE_COLUMNS
from eventstudy.simulate import Effect

NEWS = es.Event("N1", "2025-04-02T16:00:00-04:00", "announcement", direction="escalation")
OWN = es.Design(
    curve=True, windows=((0, 0), (0, 1)), placebos=0, replications=199, starts=1, second_opinion=False,
    estimation=250,
)  # fmt: skip


def test_there_are_at_least_36_specifications_none_twice_and_the_own_first():
    own = es.Design()
    found = specifications(own)
    assert len(found) >= 36
    assert len(set(found)) == len(found)
    same = {name: getattr(own, name) for name in ("mean", "variance", "dist", "estimation", "gap", "bridge")}
    assert {name: getattr(found[0], name) for name in same} == same


def test_every_axis_of_choice_is_there():
    found = specifications(es.Design())
    values = {name: {getattr(one, name) for one in found} for name in
              ("mean", "variance", "dist", "estimation", "gap", "bridge", "masked")}  # fmt: skip
    assert values["variance"] == {"gjr", "garch", "egarch", "beta_t"}
    assert values["dist"] == {"t", "normal", "skewt"}
    assert values["mean"] == {"constant", "ar1"}
    assert values["estimation"] == {250, 500, 1000}
    assert values["gap"] == {5, 10, 20}
    assert values["bridge"] == {"episode", "event", "direct"}
    assert values["masked"] == {(), UNWIND}


@pytest.fixture(scope="module")
def huge():
    effects = {"escalation": Effect(-30.0, -15.0, (1.0,))}
    market = es.simulate_market(seed=3, events=[NEWS], effects=effects)
    return es.event_study(market.closes(["topix"]), [NEWS], OWN, seed=1)


def test_all_specifications_agree_on_a_huge_effect(huge):
    assert tuple(huge.curve.columns) == CURVE_COLUMNS
    returns = agreement(huge.curve).query("statistic == 'CAR'")
    assert (returns["agree"] == 1).all()
    assert (returns["specifications"] == 33).all()  # this history is too short for the 12 with 1,000 sessions
    assert (returns["highest"] < -25).all()


def test_the_designs_own_row_is_the_studys_own_result(huge):
    own = huge.curve.query(
        "variance == 'gjr' and dist == 't' and estimation == 250 and bridge == 'episode' and gap == 10"
        " and mean == 'constant' and masked == '' and statistic == 'CAR'"
    )
    table = huge.to_frame().query("statistic == 'CAR' and method == 'fhs'")
    merged = own.merge(table, on=["event", "series", "window_start", "window_end"])
    assert len(merged) == len(OWN.windows)
    np.testing.assert_allclose(merged["estimate_x"], merged["estimate_y"], rtol=1e-12)
    assert merged["agrees"].all()


def test_without_being_asked_there_is_no_curve():
    market = es.simulate_market(seed=3)
    result = es.event_study(market.closes(["topix"]), [NEWS], replace(OWN, curve=False))
    assert result.curve.empty
    assert tuple(result.curve.columns) == CURVE_COLUMNS


def test_a_gap_moves_a_pinned_window_with_it():
    market = es.simulate_market(seed=4)
    pinned = replace(OWN, estimation_end=date(2025, 3, 14))
    curve = es.event_study(market.closes(["topix"]), [NEWS], pinned).curve
    by_gap = curve.query("bridge == 'event' and statistic == 'CAR' and variance == 'gjr' and dist == 't'"
                         " and estimation == 250 and mean == 'constant' and masked == ''")  # fmt: skip
    one = by_gap[by_gap.window_end == 0].set_index("gap")["estimate"]
    assert len(one) == 3
    assert one.nunique() == 3  # three estimation windows, three means


def toy(**changes):
    row = {
        "event": "E", "series": "usdjpy", "clock": "new_york_1700", "window_start": 0, "window_end": 0,
        "statistic": "CAR", "mean": "constant", "variance": "gjr", "dist": "t", "estimation": 500, "gap": 10,
        "bridge": "episode", "masked": "", "estimate": -1.0, "deviation": 0.4, "p_value": 0.01,
        "method": "fhs", "n": 500, "floor": 0.001, "fit_status": "converged", "agrees": None,
    }  # fmt: skip
    return {**row, **changes}


def test_agreement_is_the_same_side_of_the_level_with_the_same_sign():
    frame = pd.DataFrame([
        toy(), toy(gap=5, p_value=0.04), toy(gap=20, p_value=0.06), toy(bridge="event", estimate=1.0),
    ])  # fmt: skip
    judged = with_agreement(frame, es.Design())
    assert judged["agrees"].tolist() == [True, True, False, False]
    told = agreement(judged).iloc[0]
    assert told["specifications"] == 4
    assert told["agree"] == 0.5
    assert told["significant"] == 0.75


def test_two_specifications_that_find_nothing_agree_whatever_their_signs():
    frame = pd.DataFrame([toy(p_value=0.4), toy(gap=5, p_value=0.9, estimate=1.0)])
    assert with_agreement(frame, es.Design())["agrees"].all()


def test_another_clock_joins_the_instrument_that_it_observes():
    tokyo = toy(series="usdjpy_tokyo_1700", clock="tokyo_1700", estimate=1.0)
    judged = with_agreement(pd.DataFrame([toy(), tokyo]), es.Design())
    assert judged["series"].tolist() == ["usdjpy", "usdjpy"]
    assert judged["clock"].tolist() == ["new_york_1700", "tokyo_1700"]
    assert judged["agrees"].tolist() == [True, False]


def test_another_clock_alone_stands_for_itself():
    judged = with_agreement(pd.DataFrame([toy(series="usdjpy_tokyo_1700", clock="tokyo_1700")]), es.Design())
    assert judged["series"].tolist() == ["usdjpy_tokyo_1700"]
    assert judged["agrees"].all()
