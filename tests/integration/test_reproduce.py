"""A stored study is computed again from the prices of then: bit for bit, whatever came since."""

import sqlite3
from contextlib import closing

import pytest

from jobs.errors import NothingStored, NotReproducible
from jobs.pipelines.reproduce import reproduce
from jobs.pipelines.run import pull
from jobs.pipelines.study import study
from tests.fakes import FakeProvider
from tests.workshop import CORE_HERE, LATER, NEWS, dump, invented_prices, question, tokyo, workshop


@pytest.fixture
def service(tmp_path):
    with workshop(tmp_path) as opened:
        pull(opened, CORE_HERE)
        yield opened


def answered(service, **changes):
    return study(service.store, question(**changes), clock=service.clock)


def altered(folder, statement):
    with closing(sqlite3.connect(folder / "store.db")) as raw:
        assert raw.execute(statement).rowcount > 0
        raw.commit()


def restated(folder, service):
    """Have the source tell another close inside the studied windows, an hour later."""
    prices = invented_prices()
    prices["nikkei225"].loc["2024-10-01", "close"] *= 1.01
    service.clock.moment = tokyo("2025-02-10 13:00")
    with workshop(folder, clock=service.clock, provider=FakeProvider(service.clock, prices)) as later:
        assert sum(item.revised for item in pull(later, CORE_HERE).series) >= 1


def test_a_study_comes_out_the_same_and_nothing_is_written(service, tmp_path):
    stored = answered(service)
    before = dump(tmp_path)
    done = reproduce(service.store)
    assert (done.identical, done.differing) == (True, ())
    assert (done.key, done.snapshot) == (stored.key, stored.provenance.snapshot)
    assert done.rows == len(stored.result.table) > 0
    assert dump(tmp_path) == before


def test_a_study_comes_out_the_same_after_its_prices_were_revised(service, tmp_path):
    first = answered(service)
    restated(tmp_path, service)
    second = answered(service)
    assert second.provenance.snapshot != first.provenance.snapshot
    assert reproduce(service.store, first.key).identical
    assert reproduce(service.store, second.key).identical


def test_events_are_those_of_then_even_when_the_register_has_changed(service):
    stored = answered(service, events=(NEWS, LATER))
    assert [told["id"] for told in stored.question["events"]] == ["N1", "N2"]
    assert reproduce(service.store, stored.key).identical


def test_a_study_of_an_earlier_instant_is_computed_from_what_was_known_then(service, tmp_path):
    restated(tmp_path, service)
    stored = answered(service, as_of=tokyo("2025-02-10 12:30"))
    assert reproduce(service.store, stored.key).identical


def test_the_beginning_of_a_key_is_enough_and_a_key_that_no_study_has_is_refused(service):
    stored = answered(service)
    assert reproduce(service.store, stored.key[:8]).key == stored.key
    with pytest.raises(NothingStored, match="study ffff"):
        reproduce(service.store, "ffff")


def test_a_store_without_a_study_says_what_makes_one(service):
    with pytest.raises(NothingStored, match="eventstudy study"):
        reproduce(service.store)


def test_a_number_that_was_changed_by_hand_is_found(service, tmp_path):
    answered(service)
    altered(tmp_path, "UPDATE results SET p_value = 0.049 WHERE position = 3")
    assert reproduce(service.store).differing == ("table",)


def test_prices_that_were_changed_by_hand_cannot_pass_for_those_of_then(service, tmp_path):
    answered(service)
    altered(tmp_path, "UPDATE bars SET close = close * 1.001 WHERE session_date = '2024-10-01'")
    with pytest.raises(NotReproducible, match="not those that it used"):
        reproduce(service.store)


def test_a_study_of_a_version_that_did_not_keep_its_events_says_so(service, tmp_path):
    answered(service)
    altered(tmp_path, "UPDATE studies SET question = NULL")
    with pytest.raises(NotReproducible, match="did not keep its events"):
        reproduce(service.store)
