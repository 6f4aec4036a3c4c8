"""Studying the store: one answer a question and snapshot, as of any instant, bit for bit."""

from dataclasses import replace

import pandas as pd
import pytest

import eventstudy as es
from eventstudy.errors import NothingToStudy, UnknownEvent
from jobs.errors import NoPrices
from jobs.pipelines.run import pull
from jobs.pipelines.service import chosen_events
from jobs.pipelines.snapshot import Prices, known_prices, snapshot_hash
from jobs.pipelines.study import question_key, study, within_reach
from tests.store_examples import row_counts
from tests.workshop import LATER, NEWS, dump, invented_prices, question, tokyo, workshop

BEFORE, NOON, EVENING = tokyo("2025-02-10 11:00"), tokyo("2025-02-10 12:00"), tokyo("2025-02-10 18:00")


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def service(folder):
    """A service whose store holds two series as of Monday 2025-02-10 at noon."""
    with workshop(folder) as opened:
        pull(opened, ("nikkei225", "usdjpy"))
        yield opened


def answered(service, **changes):
    return study(service.store, question(**changes), clock=service.clock)


def studies(folder):
    return row_counts(folder / "store.db")["studies"]


def known(service, as_of=None):
    with service.store.reading() as transaction:
        return known_prices(transaction, ("nikkei225", "usdjpy"), as_of)


def directly(service, as_of=None):
    """Return what the analysis says of what was known, the store and the pipeline left aside."""
    prices = known(service, as_of)
    return es.event_study(prices.closes, [NEWS], question().design, seed=1, bars=prices.bars)


def closes_alone(closes):
    return Prices(closes, {})


def test_the_stored_answer_is_what_the_analysis_says_of_all_the_prices(service):
    stored = answered(service)
    direct = directly(service)
    for name in ("table", "fits", "paths", "reactions", "questions", "sizes", "curve"):
        pd.testing.assert_frame_equal(getattr(stored.result, name), getattr(direct, name), check_exact=True)
    assert stored.result.warnings == direct.warnings
    assert stored.result.exclusions == direct.exclusions == ()


def test_the_same_question_of_the_same_prices_is_answered_from_the_store(service, folder):
    first = answered(service)
    before = dump(folder)
    service.clock.moment = EVENING
    computed = []
    again = study(service.store, question(), clock=service.clock, progress=computed.append)
    assert (dump(folder), computed) == (before, [])
    assert (again.key, again.recorded_at) == (first.key, first.recorded_at)


def test_the_answer_says_what_it_rests_on(service):
    stored = answered(service)
    told = stored.provenance
    assert (told.world, told.source, told.seed) == ("real", "fake:nikkei225, fake:usdjpy", 1)
    assert (told.design, told.register, told.code_version) == (
        question().design.hash, question().register, es.__version__,
    )  # fmt: skip
    assert told.as_of == NOON
    assert told.snapshot == within_reach(known(service), question()).snapshot


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 2},
        {"design": replace(question().design, bridge="direct")},
        {"events": (NEWS, LATER)},
        {"series": ("nikkei225",)},
        {"register": "1" * 64},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_question_has_another_answer(service, folder, changes):
    first = answered(service)
    assert answered(service, **changes).key != first.key
    assert studies(folder) == 2


def test_prices_long_after_the_last_event_do_not_make_a_new_study(service, folder):
    first = answered(service)
    service.clock.moment = tokyo("2025-02-14 18:00")
    assert sum(item.inserted for item in pull(service, ("nikkei225", "usdjpy")).series) > 0
    assert answered(service).key == first.key
    assert studies(folder) == 1


def test_a_revision_within_reach_makes_a_new_study_and_one_beyond_does_not(service, folder):
    first = answered(service)
    service.provider.revise("nikkei225", "2025-02-07", 12345.0)
    pull(service, ("nikkei225", "usdjpy"))
    assert answered(service).key == first.key
    service.provider.revise("nikkei225", "2024-10-02", 12345.0)
    pull(service, ("nikkei225", "usdjpy"))
    assert answered(service).key != first.key
    assert studies(folder) == 2


def test_the_bars_of_the_store_reach_the_analysis_and_are_cut_with_the_closes(service):
    """Without bars no range can be compared; a revised high is another answer, one beyond reach is not."""
    first = answered(service)
    by_range = first.result.table[first.result.table["statistic"] == "RAV"]
    assert set(by_range["method"]) >= {"parkinson", "garman_klass", "rogers_satchell"}
    frame = service.provider.prices["nikkei225"]
    frame.loc["2025-02-07", "high"] *= 1.01
    pull(service, ("nikkei225", "usdjpy"))
    assert answered(service).key == first.key
    frame.loc["2024-10-01", "high"] *= 1.01
    assert pull(service, ("nikkei225", "usdjpy")).series[0].revised == 1
    second = answered(service)
    assert (second.key == first.key, second.provenance.snapshot == first.provenance.snapshot) == (False,) * 2
    again = second.result.table[second.result.table["statistic"] == "RAV"]
    assert not again["estimate"].equals(by_range["estimate"])


def test_within_reach_keeps_every_session_of_the_windows_and_of_the_chart():
    closes = pd.DataFrame({"nikkei225": invented_prices()["nikkei225"]["close"]})
    day0 = closes.index.get_loc("2024-10-01")
    for design in (question().design, es.Design(windows=((0, 60),))):
        kept = within_reach(closes_alone(closes), question(design=design)).closes
        assert len(kept) < len(closes)
        assert len(kept) - 1 >= day0 + max(10, design.windows[-1][1])


def test_a_series_that_begins_after_the_events_keeps_the_prices_that_say_so():
    late = invented_prices()["nikkei225"]["close"].loc["2025-03-03":]
    closes = pd.DataFrame({"nikkei225": late})
    assert within_reach(closes_alone(closes), question()).closes.equals(closes)


def test_a_core_series_without_prices_is_listed_and_another_one_is_left_out(service):
    stored = answered(service, series=("nikkei225", "jpx_nikkei_400", "vix"))
    assert [(item.event, item.series) for item in stored.result.exclusions] == [("*", "jpx_nikkei_400")]
    assert "the store has no prices for jpx_nikkei_400" in stored.result.exclusions[0].reason
    assert set(stored.result.table["series"]) == {"nikkei225"}


def test_a_proxy_is_studied_under_its_own_name_and_said_to_be_one(folder):
    prices = invented_prices()
    with workshop(folder, prices={"topix_etf_1306": prices["nikkei225"]}) as service:
        pull(service, only=["topix_etf_1306"])
        stored = answered(service, series=("topix", "topix_etf_1306"))
    assert set(stored.result.table["proxy_of"]) == {"topix"}
    assert stored.provenance.notices == ("topix_etf_1306 is a proxy of topix, studied under its own name",)


def test_an_empty_store_says_how_to_bring_prices(folder):
    with workshop(folder) as service, pytest.raises(NoPrices, match="eventstudy refresh") as error:
        answered(service)
    assert "the store holds no price of nikkei225, usdjpy" in str(error.value)
    assert error.value.exit_code == 1


def test_before_anything_was_recorded_nothing_was_known(service, folder):
    before = dump(folder)
    with pytest.raises(NoPrices, match="as of 2025-02-10T11:00:00") as error:
        answered(service, as_of=BEFORE)
    assert "ask as of a later day" in error.value.remedy
    assert dump(folder) == before


def test_when_nothing_can_be_studied_the_missing_series_are_among_the_reasons(service):
    early = es.Event("N0", "2020-01-15T09:00:00+09:00", "long before")
    with pytest.raises(NothingToStudy, match="N0 on nikkei225: day 0 is 2020-01-15") as error:
        answered(service, events=(early,), series=("nikkei225", "topix"))
    assert any(reason.startswith("topix: the store has no prices") for reason in error.value.reasons)


def test_as_of_an_instant_before_a_revision_the_old_numbers_come_back_bit_for_bit(service, folder):
    first = answered(service)
    service.clock.moment = EVENING
    service.provider.revise("nikkei225", "2024-10-01", 12345.0)
    pull(service, ("nikkei225", "usdjpy"))
    revised = answered(service)
    assert not revised.result.table.equals(first.result.table)
    assert answered(service, as_of=NOON).key == first.key
    direct = directly(service, NOON)
    pd.testing.assert_frame_equal(direct.table, first.result.table, check_exact=True)
    pd.testing.assert_frame_equal(direct.paths, first.result.paths, check_exact=True)
    assert studies(folder) == 2


def test_the_key_names_every_part_of_the_question():
    keys = {
        question_key(question(), "a"),
        question_key(question(), "b"),
        question_key(question(seed=2), "a"),
        question_key(question(series=("usdjpy", "nikkei225")), "a"),
        question_key(question(events=(LATER,)), "a"),
    }
    assert len(keys) == 5
    assert question_key(question(as_of=NOON), "a") in keys  # known by the snapshot


def test_the_snapshot_does_not_depend_on_columns_order_or_on_empty_rows_and_on_every_bit_of_a_price():
    days = pd.DatetimeIndex(["2025-04-07", "2025-04-08"])
    closes = pd.DataFrame({"topix": [2288.66, 2432.02], "usdjpy": [147.0, float("nan")]}, index=days)
    same = snapshot_hash(closes)
    assert snapshot_hash(closes[["usdjpy", "topix"]]) == same
    assert snapshot_hash(closes.reindex(days.append(pd.DatetimeIndex(["2025-04-09"])))) == same
    assert snapshot_hash(closes.replace(147.0, 147.0 + 2**-45)) != same
    assert snapshot_hash(closes.rename(columns={"topix": "nikkei225"})) != same
    assert snapshot_hash(closes.shift(freq="D")) != same


def test_the_snapshot_covers_the_bars_and_is_that_of_the_closes_where_there_are_none():
    days = pd.DatetimeIndex(["2025-04-07", "2025-04-08"])
    closes = pd.DataFrame({"topix": [2288.66, 2432.02], "usdjpy": [147.0, 146.0]}, index=days)
    bars = pd.DataFrame({"open": [None, 2300.0], "high": [2400.0, 2450.0], "low": [2250.0, 2290.0]}, days)
    bars = bars.astype(float)
    named = snapshot_hash(closes, {"topix": bars})
    assert named != snapshot_hash(closes)
    assert snapshot_hash(closes, {"topix": bars * float("nan"), "usdjpy": bars.iloc[:0]}) == snapshot_hash(
        closes
    )
    others = [
        {"usdjpy": bars},
        {"topix": bars.replace(2400.0, 2400.0 + 2**-40)},
        {"topix": bars.shift(freq="D")},
        {"topix": bars.rename(columns={"open": "low", "low": "open"})},
        {"topix": bars, "usdjpy": bars},
    ]
    assert len({named, *(snapshot_hash(closes, other) for other in others)}) == 6


def test_events_are_chosen_by_id_in_register_order_and_tariff_news_by_default():
    other = es.Event("X1", "2025-01-24T12:00:00+09:00", "rate decision", kind="confounder")
    register = (NEWS, LATER, other)
    assert chosen_events(register, None) == (NEWS, LATER)
    assert chosen_events(register, ["X1", "N1"]) == (NEWS, other)
    with pytest.raises(UnknownEvent, match="no event 'N9'"):
        chosen_events(register, ["N9"])
