from datetime import date

import pandas as pd

from eventstudy.values import Event
from jobs.providers.simulated import HISTORY, SimulatedProvider
from tests.fakes import FixedClock
from tests.yahoo_double import instant

NOW = FixedClock(instant("2026-11-21T00:00:00"))
PAUSE = Event("E1", "2025-04-09T13:18:00-04:00", "pause", direction="de-escalation")


def closes(provider, series="nikkei225", **payload):
    return provider.read(provider.fetch(provider.ask(series, None, None))).frame["close"]


def test_the_same_seed_gives_the_same_bytes():
    request = SimulatedProvider(NOW, (PAUSE,)).ask("nikkei225", None, None)
    first, second = (SimulatedProvider(NOW, (PAUSE,)).fetch(request).content for _ in range(2))
    assert first == second


def test_another_seed_gives_another_market_and_says_so():
    request = SimulatedProvider(NOW, (), seed=7).ask("nikkei225", None, None)
    assert request.place == "simulated:seed=7"
    assert not closes(SimulatedProvider(NOW, (), seed=7)).equals(closes(SimulatedProvider(NOW, ())))


def test_prices_survive_the_text_exactly():
    provider = SimulatedProvider(NOW, ())
    direct = provider._simulate(seed=0, events=(), start=HISTORY, end=date(2025, 10, 31)).bars["usdjpy"][
        "close"
    ]
    pd.testing.assert_series_equal(closes(provider, "usdjpy"), direct, check_exact=True, check_freq=False)


def test_the_truth_names_the_event_that_was_put_in():
    truth = SimulatedProvider(NOW, (PAUSE,)).truth
    assert set(truth["event"]) == {"E1"}


def test_the_market_ends_where_it_is_told_to():
    assert closes(SimulatedProvider(NOW, (), end=date(2025, 4, 8))).index[-1] == pd.Timestamp("2025-04-08")


def test_sessions_that_have_not_closed_yet_are_not_served():
    lunch = FixedClock(instant("2025-04-08T03:00:00"))
    assert closes(SimulatedProvider(lunch, ())).index[-1] == pd.Timestamp("2025-04-07")
