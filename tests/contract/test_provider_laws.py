"""The laws of `jobs.providers.base`, for every provider: one more provider is one more row of CASES."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from eventstudy.errors import UnknownSeries
from eventstudy.series import SERIES
from jobs.errors import NoSuchSeriesHere
from jobs.providers import PROVIDERS
from jobs.providers.base import examine
from jobs.providers.files import FilesProvider
from jobs.providers.simulated import SimulatedProvider
from jobs.providers.template import TemplateProvider
from jobs.providers.yahoo import YahooProvider
from tests.fakes import FixedClock
from tests.official_documents import boj_json, fred_csv, jquants_json, mof_csv, nikkei_csv, official
from tests.yahoo_double import YahooDouble, chart, instant, session_over

DAYS = ("2025-04-03", "2025-04-04", "2025-04-07", "2025-04-08", "2025-04-09")
CLOSES = (100.0, 97.5, 90.0, 95.25, 91.0)
COLUMNS = ["open", "high", "low", "close", "volume", "finality"]


@dataclass(frozen=True)
class FakeMarket:
    bars: dict
    truth: pd.DataFrame


def fake_market(*, seed, events, start, end):
    rows = {name: list(CLOSES) for name in ("open", "high", "low", "close")} | {
        "volume": [np.nan] * len(DAYS)
    }
    index = pd.DatetimeIndex(DAYS, name="session").astype("datetime64[us]")
    return FakeMarket({"nikkei225": pd.DataFrame(rows, index=index)}, pd.DataFrame({"event": list(events)}))


def files(folder, clock):
    rows = [f"{day},,,,{close},\n" for day, close in zip(DAYS, CLOSES, strict=True)]
    (folder / "nikkei225.csv").write_text("date,open,high,low,close,volume\n" + "".join(rows))
    return FilesProvider(str(folder), clock)


def simulated(folder, clock):
    return SimulatedProvider(clock, (), simulate=fake_market)


def yahoo(folder, clock):
    rows = [(f"{day}T09:00", *[close] * 4, 0) for day, close in zip(DAYS, CLOSES, strict=True)]
    return YahooProvider(clock, spacing=0, session=session_over(YahooDouble(chart("Asia/Tokyo", rows))))


def nikkei(folder, clock):
    rows = [(day, *[close] * 4) for day, close in zip(DAYS, CLOSES, strict=True)]
    return official("nikkei", nikkei_csv(rows), moment=clock.now())[0]


def fred(folder, clock):
    return official("fred", fred_csv(zip(DAYS, CLOSES, strict=True)), moment=clock.now())[0]


def boj(folder, clock):
    return official("boj", boj_json(list(zip(DAYS, CLOSES, strict=True))), moment=clock.now())[0]


def mof(folder, clock):
    rows = [(day.replace("-", "/"), 7, close) for day, close in zip(DAYS, CLOSES, strict=True)]
    return official("mof", mof_csv(rows[:2]), mof_csv(rows[2:], month="April 2025"), moment=clock.now())[0]


def jquants(folder, clock):
    rows = [(day, *[close] * 4) for day, close in zip(DAYS, CLOSES, strict=True)]
    pages = (jquants_json(rows[:3], "more"), jquants_json(rows[3:]))
    return official("jquants", *pages, moment=clock.now())[0]


@dataclass(frozen=True)
class Case:
    build: Callable
    world: str
    missing: str
    days: tuple[str, ...] = DAYS
    closes: tuple[float, ...] = CLOSES
    series: str = "nikkei225"


CASES = {
    "files": Case(files, "real", "topix"),
    "simulated": Case(simulated, "simulated", "topix"),
    "yahoo": Case(yahoo, "real", "topix"),
    "nikkei": Case(nikkei, "real", "topix"),
    "fred": Case(fred, "real", "topix"),
    "boj": Case(boj, "real", "usdjpy", series="usdjpy_tokyo_1700"),
    "mof": Case(mof, "real", "us10y", series="jgb10y"),
    "jquants": Case(jquants, "real", "nikkei225", series="topix"),
    "template": Case(
        lambda folder, clock: TemplateProvider(clock),
        "simulated",
        "topix",
        ("2025-01-06", "2025-01-07", "2025-01-08"),
        (100.0, 101.5, 99.75),
    ),
}


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.fixture
def provider(case, tmp_path):
    return case.build(tmp_path, FixedClock(after(case.days[-1])))


def after(day: str) -> datetime:
    """Return an instant the evening after a session, when every source has settled."""
    return instant(f"{day}T00:00:00") + pd.Timedelta(hours=36)


def during(day: str) -> datetime:
    """Return an instant at which Tokyo is open: 12:00 JST."""
    return instant(f"{day}T03:00:00")


@pytest.fixture
def told(provider, case):
    return lambda start=None, end=None: asked(provider, case, start, end)


def asked(provider, case, start=None, end=None):
    return provider.read(provider.fetch(provider.ask(case.series, start, end)))


def test_the_same_question_gives_an_equal_request(provider, case):
    question = (case.series, date(2025, 4, 4), date(2025, 4, 8))
    assert provider.ask(*question) == provider.ask(*question)


def test_a_series_that_is_not_carried_is_a_typed_exclusion(provider, case):
    with pytest.raises(NoSuchSeriesHere, match=case.missing):
        provider.ask(case.missing, None, None)


def test_an_id_that_no_series_has_is_asked_wrongly(provider):
    with pytest.raises(UnknownSeries, match="did you mean"):
        provider.ask("nikei225", None, None)


def test_every_available_series_can_be_asked_for_and_stands_in_the_order_of_the_table(provider):
    available = provider.available()
    assert [provider.ask(key, None, None).series for key in available] == list(available)
    assert list(available) == [key for key in SERIES if key in available]


def test_the_bars_are_the_rows_of_the_source(told, case):
    frame = told().frame
    assert [str(day.date()) for day in frame.index] == list(case.days)
    assert frame["close"].tolist() == list(case.closes)


def test_sessions_are_naive_midnights_strictly_increasing(told):
    index = told().frame.index
    assert (index.dtype, index.name, index.tz) == ("datetime64[us]", "session", None)
    assert (index == index.normalize()).all()
    assert (np.diff(index.to_numpy()) > np.timedelta64(0)).all()


def test_columns_and_their_types_are_the_same_for_every_source(told):
    frame = told().frame
    assert list(frame.columns) == COLUMNS
    assert [str(kind) for kind in frame.dtypes] == ["float64"] * 5 + ["str"]
    assert frame["close"].notna().all()


def test_the_range_includes_both_ends(told, case):
    first, last = (date.fromisoformat(case.days[place]) for place in (1, -1))
    assert [day.date().isoformat() for day in told(first, last).frame.index] == list(case.days[1:])
    inner = told(first, first).frame
    assert inner["close"].tolist() == [case.closes[1]]


def test_an_open_end_reaches_as_far_as_the_source_goes(told, case):
    assert len(told(None, date.fromisoformat(case.days[1])).frame) == 2
    assert len(told(date.fromisoformat(case.days[1]), None).frame) == len(case.days) - 1


def test_reading_is_a_pure_function_of_the_payload(provider, case, tmp_path):
    payload = provider.fetch(provider.ask(case.series, None, None))
    later = case.build(tmp_path, FixedClock(after("2027-01-04")))
    first, second = provider.read(payload), later.read(payload)
    pd.testing.assert_frame_equal(first.frame, second.frame, check_exact=True)
    assert (first.source, first.payload_hash, first.fetched_at) == (
        second.source, second.payload_hash, second.fetched_at
    )  # fmt: skip
    assert provider.remarks(payload) == later.remarks(payload)


def test_bars_say_where_and_when_they_come_from(provider, case):
    payload = provider.fetch(provider.ask(case.series, None, None))
    bars = provider.read(payload)
    assert bars.series == case.series
    assert bars.source.startswith(f"{provider.name}:")
    assert bars.payload_hash == hashlib.sha256(payload.content).hexdigest()
    assert bars.fetched_at == after(case.days[-1])


def test_a_bar_is_final_only_if_its_session_had_closed(case, tmp_path):
    provider = case.build(tmp_path, FixedClock(during(case.days[-1])))
    finality = asked(provider, case).frame["finality"]
    assert [str(day.date()) for day in finality[finality == "final"].index] == list(case.days[:-1])
    assert set(finality) <= {"final", "provisional"}


def test_every_bar_is_final_once_every_session_has_closed(told):
    assert set(told().frame["finality"]) == {"final"}


def test_clean_bars_pass_the_screen_untouched(provider, case):
    payload = provider.fetch(provider.ask(case.series, None, None))
    bars, findings = examine(provider, payload)
    assert [item for item in findings if item.severity != "notice"] == []
    pd.testing.assert_frame_equal(bars.frame, provider.read(payload).frame)


def test_a_provider_belongs_to_one_world(provider, case):
    assert provider.world == case.world


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_provider_of_the_table_is_held_to_these_laws(name):
    assert name in CASES
    assert callable(import_module(f"jobs.providers.{name}").open_provider)
