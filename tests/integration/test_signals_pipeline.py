"""Reading signals from the store: what was known then, a backfill cut at the instant, refusals when stale."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.series import AUTOS_ETF
from jobs.pipelines.run import pull
from jobs.pipelines.signals import NEEDED, closed_by, closes_known, forecasts, read_signals
from tests.fakes import FakeProvider, HandClock
from tests.signal_worlds import invented_closes
from tests.store_examples import row_counts
from tests.workshop import dump, tokyo, workshop

COLUMNS = ["open", "high", "low", "close", "volume"]
THEN, NOW = tokyo("2025-04-07 20:00"), tokyo("2025-04-30 20:00")


def invented_bars(seed=1):
    """Return closes of every needed series, 2023-01-04 to 2025-04-30, as bars by series id."""
    closes = invented_closes(seed)
    return {name: pd.DataFrame({"close": closes[name]}).reindex(columns=COLUMNS) for name in NEEDED}


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def service(folder):
    """A store filled on 2025-04-30 with the whole history: a backfill for every earlier instant."""
    clock = HandClock(NOW)
    with workshop(folder, clock, FakeProvider(clock, invented_bars())) as opened:
        pull(opened, only=NEEDED)
        yield opened


def said(service, as_of):
    readings = read_signals(service.store, as_of, clock=service.clock)
    return {item.id: (item.value, item.sentence, item.details, item.inputs) for item in readings}


def test_every_signal_answers_as_of_now_from_fresh_inputs(service):
    readings = read_signals(service.store, NOW, clock=service.clock)
    assert {item.verdict for item in readings} == {"UNSCORED"}
    assert {given.status for item in readings for given in item.inputs} == {"fresh"}
    with service.store.reading() as transaction:
        assert [item.id for item in transaction.signals.latest()] == [item.id for item in readings]


def test_reading_again_writes_nothing(service, folder):
    said(service, NOW)
    before = dump(folder)
    said(service, NOW)
    assert dump(folder) == before
    said(service, THEN)
    assert row_counts(folder / "store.db")["signal_sets"] == 2


def test_nothing_after_the_instant_is_read(service, folder):
    before = said(service, THEN)
    assert {last.last_session.isoformat() for *_, inputs in before.values() for last in inputs} == {
        "2025-04-07"
    }
    service.clock.moment = tokyo("2025-04-30 21:00")
    for name in NEEDED:
        bars = service.provider.prices[name]
        bars.loc["2025-04-08":, "close"] *= 1.5
    assert all(item.revised == 16 for item in pull(service, only=NEEDED).series)  # sessions to the 30th
    assert said(service, THEN) == before


def test_of_a_session_that_is_open_at_the_instant_the_close_is_not_read(service):
    morning = said(service, tokyo("2025-04-07 10:00"))
    assert {last.last_session.isoformat() for *_, inputs in morning.values() for last in inputs} == {
        "2025-04-04"
    }


def test_inputs_more_than_three_sessions_old_are_refused(folder):
    clock = HandClock(NOW)
    with workshop(folder, clock, FakeProvider(clock, invented_bars())) as service:
        pull(service, only=NEEDED)
        # 30 April is the last close; 1, 2, 7 and 8 May are sessions, 3 to 6 May holidays and a weekend
        fresh = read_signals(service.store, tokyo("2025-05-07 20:00"), clock=clock)
        stale = read_signals(service.store, tokyo("2025-05-08 20:00"), clock=clock)
    assert {item.verdict for item in fresh} == {"UNSCORED"}
    assert {item.verdict for item in stale} == {"REFUSED"}
    assert all(item.value is None and "refresh it" in item.sentence for item in stale)


def test_without_prices_every_signal_is_refused(folder):
    with workshop(folder) as service:
        readings = read_signals(service.store, NOW, clock=service.clock)
    assert {item.verdict for item in readings} == {"REFUSED"}


def test_a_revision_made_later_does_not_change_what_was_said_then(service):
    at_first = said(service, NOW)
    service.clock.moment = tokyo("2025-04-30 21:00")
    service.provider.revise("nikkei225", "2025-04-30", 1.0)
    pull(service, only=NEEDED)
    assert said(service, NOW) == at_first
    assert said(service, service.clock.moment) != at_first


def closes(text):
    """Return closes by session from lines such as ``2025-04-03 topix=1 usdjpy=2``."""
    rows = {}
    for line in text.strip().splitlines():
        day, *pairs = line.split()
        rows[pd.Timestamp(day)] = {name: float(value) for name, value in (pair.split("=") for pair in pairs)}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("session")


def test_what_was_known_then_comes_first_and_a_backfill_fills_in_behind_it():
    then = closes("2025-04-03 topix=2")
    now = closes("""
        2025-04-02 topix=1 usdjpy=7
        2025-04-03 topix=22 usdjpy=8
        2025-04-04 topix=3 usdjpy=9
    """)
    known = closes_known(then, now)
    # 2 April was stored later and stands before what was known; the revision of the 3rd and the 4th do not;
    # of the currency nothing was known then, so that all of it is a backfill
    np.testing.assert_array_equal(known["topix"], [1.0, 2.0, np.nan])
    np.testing.assert_array_equal(known["usdjpy"], [7.0, 8.0, 9.0])


def test_each_series_is_cut_at_the_last_close_of_its_own_clock():
    table = closes("""
        2025-04-04 nikkei225=1 usdjpy_tokyo_1700=1
        2025-04-07 nikkei225=2 usdjpy_tokyo_1700=2
        2025-04-08 nikkei225=3 usdjpy_tokyo_1700=3
    """)
    cut = closed_by(table, tokyo("2025-04-07 16:00"))  # the exchange has closed, 17:00 has not struck
    np.testing.assert_array_equal(cut["nikkei225"], [1.0, 2.0])
    np.testing.assert_array_equal(cut["usdjpy_tokyo_1700"], [1.0, np.nan])


def test_a_series_with_a_short_history_has_no_forecast_and_its_signals_are_refused(folder):
    clock = HandClock(NOW)
    provider = FakeProvider(clock, invented_bars())
    provider.prices["nikkei225"] = provider.prices["nikkei225"].iloc[-500:]  # 499 returns, 500 are needed
    with workshop(folder, clock, provider) as service:
        pull(service, only=NEEDED)
        verdicts = {item.id: item.verdict for item in read_signals(service.store, NOW, clock=clock)}
    assert verdicts == {"auto_collar": "UNSCORED", "usdjpy_hedge": "UNSCORED", "nikkei_vi_premium": "REFUSED"}
    assert AUTOS_ETF in NEEDED


def test_a_forecast_draws_its_asymmetry_from_the_residuals_it_hands_on():
    closes = invented_closes(1)[["nikkei225"]].loc[:"2025-04-07"]
    made = forecasts(closes, THEN)["nikkei225"]
    fitted = es.fit((100 * np.log(closes["nikkei225"].dropna()).diff()).dropna().iloc[-500:])
    z = np.array(made.innovations)
    kappa = float(np.mean(z**2 * (z < 0)))
    at = fitted.params
    second = at["omega"] + (at["alpha"] + at["beta"] + kappa * at["gamma"]) * made.variances[0]
    # the same optimiser on the same returns: equal to the last bits
    assert made.variances[0] == pytest.approx(fitted.next_variance, rel=1e-9)
    assert made.variances[1] == pytest.approx(second, rel=1e-9)
    assert (z.mean(), z.std()) == pytest.approx((0, 1), abs=1e-9)
