"""Checking quoted figures against the store: verdicts kept once, and none from a simulated price."""

from datetime import date

import pytest

from db.register import load_articles, load_figures
from eventstudy.values import Article, QuotedFigure
from jobs.pipelines.run import pull
from jobs.pipelines.validate import validate
from tests.fakes import FakeProvider, HandClock
from tests.store_examples import row_counts
from tests.workshop import dump, invented_prices, tokyo, workshop

DAY = date(2025, 2, 7)  # a Friday; Tokyo was open on it and on the Thursday before
ARTICLE = Article("T1", "A headline", DAY, "a website")
NOON, EVENING = tokyo("2025-02-10 12:00"), tokyo("2025-02-10 18:00")


def figure(number, quantity, quoted, unit, day=DAY):
    return QuotedFigure(f"T1-F{number}", "T1", "topix", quantity, quoted, unit, day, "line 1", "T1-R1")


FIGURES = (
    figure(1, "level", "2,288.66", "points"),
    figure(2, "change", "-193.40", "points"),
    figure(3, "percent_change", "-9.9%", "percent"),
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def service(folder):
    """A store in which TOPIX closed at 2482.06 on Thursday and at 2288.66 on Friday."""
    prices = invented_prices(("topix",))
    prices["topix"].loc["2025-02-06", "close"] = 2482.06
    prices["topix"].loc["2025-02-07", "close"] = 2288.66
    with workshop(folder, prices=prices) as opened:
        pull(opened, only=["topix"])
        yield opened


def verdicts(service, figures=FIGURES, **changes):
    checks = validate(service.store, (ARTICLE,), figures, clock=service.clock, **changes)
    return [check.verdict for check in checks]


def test_verdicts_rest_on_the_stored_closes(service):
    # 2288.66 - 2482.06 = -193.40, which is -7.79 per cent and no -9.9
    assert verdicts(service) == ["EXACT", "EXACT", "MISMATCH"]
    with service.store.reading() as transaction:
        assert [check.verdict for check in transaction.checks.latest()] == ["EXACT", "EXACT", "MISMATCH"]


def test_checking_again_writes_nothing_even_when_later_prices_came_in(service, folder):
    verdicts(service)
    before = dump(folder)
    verdicts(service)
    assert dump(folder) == before
    service.clock.moment = tokyo("2025-02-13 18:00")
    pull(service, only=["topix"])
    counts = row_counts(folder / "store.db")
    verdicts(service)
    assert row_counts(folder / "store.db") == counts


def test_a_revision_gives_a_new_verdict_and_as_of_before_it_the_old_one(service):
    verdicts(service)
    service.clock.moment = EVENING
    service.provider.revise("topix", "2025-02-07", 2300.0)
    pull(service, only=["topix"])
    assert verdicts(service) == ["MISMATCH"] * 3
    assert verdicts(service, as_of=NOON) == ["EXACT", "EXACT", "MISMATCH"]


def test_before_anything_was_recorded_there_is_no_data(service):
    assert verdicts(service, as_of=tokyo("2025-02-10 11:00")) == ["NO DATA"] * 3


def test_simulated_prices_say_nothing_about_what_was_quoted(folder):
    clock = HandClock(tokyo("2025-04-30 18:00"))
    names = ("nikkei225", "topix", "jpx_nikkei_400", "nikkei_vi", "usdjpy")
    provider = FakeProvider(clock, invented_prices(names), world="simulated")
    with workshop(folder, clock, provider) as service:
        pull(service, only=names)
        quoted = load_figures()
        checks = validate(service.store, load_articles(), quoted, clock=clock)
    assert {check.computed for check in checks} == {None}
    assert {check.verdict for check in checks} <= {"NO DATA", "FALSE"}  # FALSE by the calendar alone
    assert [check.id for check in checks] == [item.id for item in quoted]
    assert {"CONSISTENT"} <= {check.arithmetic for check in checks}


def test_without_figures_there_is_nothing_to_say(service):
    assert verdicts(service, figures=()) == []
