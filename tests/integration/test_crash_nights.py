"""A refresh that is killed at any step leaves the store as it was or as it should become, nothing between."""

import random
import signal
from contextlib import closing, contextmanager
from copy import deepcopy

import pytest

from tests.crash_world import (
    SERIES,
    Model,
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
FEW_OR_ALL = [16, pytest.param(200, marks=pytest.mark.slow)]
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


def task(function, *arguments):
    return f"tests.crash_world:{function.__name__}", arguments


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


def crashed(url, number, model, codes):
    """Look at what a killed night left; return whether it had got as far as its prices."""
    undone, done = deepcopy(model), deepcopy(model)
    done.tell(number, evening(number))
    assert codes == [-signal.SIGKILL]
    found = stored(url)
    assert found in (undone.rows(), done.rows())
    assert len(ledger(url, number)) <= 1
    return found == done.rows()


def through_the_year(url, zygote, trials):
    """Kill one night after another; return how many were killed before and after they had stored prices."""
    model, reached = Model(), []
    total = 0
    for number in (FIRST, FIRST + 1, FIRST + 2):  # the third brings what every later one does
        total = steps_of(url, number)
        model.tell(number, evening(number))
    for number, kill in enumerate(trials(total), FIRST + 3):
        reached.append(crashed(url, number, model, kill(number)))
        next_run_completes(url, number, model)
        if number % 10 == 0:
            answers_stay(url, number, model)
    return len(reached) - sum(reached), sum(reached)


@pytest.mark.parametrize("trials", FEW_OR_ALL)
def test_a_refresh_killed_at_any_of_its_steps_loses_and_doubles_nothing(db_url, zygote, trials):
    def at_steps(total):
        for step in spread(total, trials):
            yield lambda number, step=step: zygote.run(task(killed_night, db_url, number, step))

    before, after = through_the_year(db_url, zygote, at_steps)
    assert before + after == trials
    assert min(before, after) >= trials // 16  # of 165 steps some 20 follow the commit of the prices


@pytest.mark.parametrize("trials", LESS_OR_MORE)
def test_a_refresh_killed_from_outside_at_any_time_loses_and_doubles_nothing(db_url, zygote, trials):
    chance = random.Random(7)

    def from_outside(_):
        for _ in range(trials):
            moment = chance.uniform(0.0, 0.08)
            yield lambda number, moment=moment: zygote.run(
                task(killed_night, db_url, number, 0), kill_after=moment
            )

    assert sum(through_the_year(db_url, zygote, from_outside)) == trials


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
