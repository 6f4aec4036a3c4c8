"""p-values that know how many questions were asked: families, Holm, Benjamini-Hochberg, Romano-Wolf."""

from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

import eventstudy as es
from eventstudy.asking import family_of

NEWS = es.Event("N1", "2025-04-02T16:00:00-04:00", "announcement", direction="escalation")
LATER = es.Event("N2", "2025-04-04T13:18:00-04:00", "pause", direction="de-escalation")
QUICK = es.Design(
    replications=499, starts=1, placebos=100, estimation=250, second_opinion=False
)  # fmt: skip


def study(**choices):
    market = es.simulate_market(seed=5, events=[NEWS, LATER])
    closes = market.closes(["nikkei225", "usdjpy"])
    return es.event_study(closes, [NEWS, LATER], replace(QUICK, **choices), seed=2)


@pytest.fixture(scope="module")
def by_event():
    return study()


def families(result):
    table = result.to_frame().query("family != ''")
    return [group for _, group in table.groupby(["family", "statistic", "method"])]


def test_each_event_is_a_family_of_its_series_and_windows(by_event):
    table = by_event.to_frame()
    assert set(table.family) == {"", "N1", "N2"}
    one = table.query("family == 'N1' and statistic == 'CAR' and method == 'fhs'")
    assert len(one) == 2 * len(QUICK.windows)
    assert (table.loc[table.statistic.isin(["AR", "AV", "MAX", "VR"]), "family"] == "").all()


@pytest.mark.parametrize("method", ["fhs", "garch_z", "constant_t"])
def test_holm_and_benjamini_hochberg_are_those_of_statsmodels(by_event, method):
    for group in families(by_event):
        if set(group.method) == {method}:
            p = group.p_value.to_numpy()
            np.testing.assert_allclose(group.p_holm, multipletests(p, method="holm")[1], rtol=1e-12)
            np.testing.assert_allclose(group.p_bh, multipletests(p, method="fdr_bh")[1], rtol=1e-12)


def test_stepping_down_never_helps_a_p_value(by_event):
    rows = by_event.to_frame().query("method == 'fhs' and family != ''")
    assert rows.p_adjusted.notna().all()
    assert (rows.p_adjusted >= rows.p_value).all()
    assert (rows.p_adjusted <= 1).all()


def test_adjusted_p_values_belong_to_simulated_tests_only(by_event):
    others = by_event.to_frame().query("method != 'fhs'")
    assert others.p_adjusted.isna().all()


def test_a_wider_family_is_a_harder_judge(by_event):
    keys = ["event", "series", "window_start", "window_end", "statistic", "method"]
    wide = study(family="study").to_frame().set_index(keys)
    narrow = by_event.to_frame().set_index(keys)
    assert set(wide.family) == {"", "study"}
    counted = narrow.index[narrow.family != ""]
    assert (wide.loc[counted, "p_holm"] >= narrow.loc[counted, "p_holm"] - 1e-12).all()


def test_families_are_named_for_what_they_hold():
    assert family_of("E05", "C", es.Design(family="event")) == "E05"
    assert family_of("E05", "C", es.Design(family="episode")) == "episode C"
    assert family_of("E05", "C", es.Design(family="study")) == "study"


def test_the_wald_test_asks_every_event_whether_it_moved_anything(by_event):
    wald = by_event.questions.query("method == 'wald'")
    assert set(wald.direction) == {"N1", "N2"}
    assert len(wald) == 2 * len(QUICK.windows)
    assert set(wald.series) == {"nikkei225 usdjpy"}
    assert wald.p_value.between(1 / 500, 1).all()


def test_two_events_make_no_pattern_and_the_answer_says_so(by_event):
    asked = by_event.questions.query("question == 'response'")
    assert asked.p_value.isna().all()
    assert asked.refusal.str.contains("not testable").all()
