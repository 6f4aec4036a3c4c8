"""A refresh that is killed at any step leaves the store as it was or as it should become, nothing between."""

import random
import signal
from contextlib import closing, contextmanager
from copy import deepcopy
from time import monotonic

import pytest

from tests.crash_world import (
    SERIES,
    Model,
    days,
    evening,
    finished_night,
    killed_night,
    ledger,
    night,
    service_on,
    settled,
    source,
    spread,
    step_by_step,
    stored,
)
from tests.databases import ask
from tests.fakes import HandClock
from tests.zygote import Zygote

FIRST = 12
# A few, or 200: those in quarters, because each later night finds a longer history to check.
FEW_OR_ALL = [(16, slice(None))] + [
    pytest.param(200, slice(quarter, None, 4), marks=pytest.mark.slow, id=f"200, part {quarter + 1}")
    for quarter in range(4)
]
LESS_OR_MORE = [8, pytest.param(40, marks=pytest.mark.slow)]
ROUNDS = 12
LOCK_HELD = 5


@pytest.fixture(scope="module")
def zygote():
    with Zygote("tests.crash_world:rehearse") as warm:
        yield warm


@contextmanager
def service_at(url, number):
    clock = HandClock(evening(number))
    service = service_on(url, clock, source(clock, number))
    with closing(service.store):
        yield service


def steps_of(url, number):
    """Do a night undisturbed; return of how many steps it was."""
    with service_at(url, number) as service:
        passed = step_by_step(service, lambda _: None)
        assert night(service, number)
        return passed()


def next_run_completes(url, number, model):
    """Do the night that was killed; the store, its answers and its ledger are as if nothing had happened."""
    before = ledger(url, number)
    with service_at(url, number) as service:
        worked = night(service, number)
        assert not night(service, number)
    model.tell(number, evening(number))
    assert stored(url) == model.rows()
    assert worked == ("done" not in before)
    assert ledger(url, number) == ["failed"] * (len(before) if worked else 0) + ["done"]
    assert settled(url, "SELECT name FROM locks") == []


def answers_stay(url, number, model):
    """Every instant of the last nights is answered as it was then."""
    with service_at(url, number) as service, service.store.reading() as t:
        for earlier in range(max(number - 10, 0), number + 1):
            for series in SERIES:
                known = t.prices.bars(series, evening(earlier))["close"]
                assert {day.date(): close for day, close in known.items()} == model.closes(
                    series, evening(earlier)
                )


def reached(url, number, model):
    """Look at what a killed night left; return whether it had got as far as its prices."""
    done = deepcopy(model)
    done.tell(number, evening(number))
    found, ifs = stored(url), (model.rows(), done.rows())
    assert found in ifs
    assert len(ledger(url, number)) <= 1
    return found == ifs[1]


def begin(url):
    """Do the first nights; return their model and of how many steps the third is, which is like all later."""
    model, total = Model(), 0
    for number in range(FIRST, FIRST + 3):
        total = steps_of(url, number)
        model.tell(number, evening(number))
    return model, total


def after_a_crash(url, number, model, codes):
    """Check a night that was killed, or was too quick for that; return whether it had stored its prices."""
    assert codes in ([-signal.SIGKILL], [0])
    with_prices = reached(url, number, model)
    assert with_prices or codes != [0]
    next_run_completes(url, number, model)
    if number % 10 == 0:
        answers_stay(url, number, model)
    return with_prices


def task(function, *arguments):
    return f"tests.crash_world:{function.__name__}", arguments


@pytest.mark.parametrize(("trials", "part"), FEW_OR_ALL)
def test_a_refresh_killed_at_any_of_its_steps_loses_and_doubles_nothing(db_url, zygote, trials, part):
    model, total = begin(db_url)
    got_far = []
    for number, step in enumerate(spread(total, trials)[part], FIRST + 3):
        codes = zygote.run(task(killed_night, db_url, number, step))
        assert codes == [-signal.SIGKILL]
        got_far.append(after_a_crash(db_url, number, model, codes))
    assert got_far == sorted(got_far)  # later steps get further: the kills do strike one after the other
    assert set(got_far) == {False, True}


@pytest.mark.parametrize("trials", LESS_OR_MORE)
def test_a_refresh_killed_from_outside_at_any_time_loses_and_doubles_nothing(db_url, zygote, trials):
    chance, killed = random.Random(7), 0
    model, _ = begin(db_url)
    begun = monotonic()
    assert zygote.run(task(finished_night, db_url, FIRST + 3)) == [0]
    model.tell(FIRST + 3, evening(FIRST + 3))
    usual = monotonic() - begun
    for number in range(FIRST + 4, len(days())):
        moment = chance.uniform(0.0, usual)
        codes = zygote.run(task(killed_night, db_url, number, 0), kill_after=moment)
        after_a_crash(db_url, number, model, codes)
        killed += codes != [0]
        if killed == trials:
            break
    assert killed == trials


def test_of_two_refreshers_at_once_one_does_the_work_and_the_other_ends_or_finds_it_done(db_url, zygote):
    model, ends = Model(), []
    for number in range(FIRST, FIRST + ROUNDS):
        ends.append(sorted(zygote.run(*[task(finished_night, db_url, number)] * 2)))
        model.tell(number, evening(number))
        assert stored(db_url) == model.rows()
        assert ledger(db_url, number) == ["done"]
        assert ask(db_url, "SELECT name FROM locks") == []
    assert all(end in ([0, 0], [0, LOCK_HELD]) for end in ends)
    assert [0, LOCK_HELD] in ends
