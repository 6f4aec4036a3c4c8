"""The circuit breaker: closed, open, half-open, by hand-worked times; and the caller who remembers it."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.breaker import Breaker, BreakerRule, Caller, after_answer, after_failure
from jobs.errors import (
    AccessRefused,
    EmptyAnswer,
    Malformed,
    NoNetwork,
    RateLimited,
    SourceTrouble,
    SymbolUnknown,
)
from jobs.refused import ClocksDisagree
from jobs.retry import Patience
from tests.fakes import Stopwatch

RULE = BreakerRule(failures=3, cool_down=60, factor=2, longest=200, jitter=0.5)
UNWELL = SourceTrouble("x:a", "is unwell")
SILENT = NoNetwork("x:a", "silence")
NOON = datetime(2025, 4, 7, 12, tzinfo=UTC)
ONCE = Patience(attempts=1)


def failed(breaker, failure, now=0.0, draw=0.0):
    return after_failure(breaker, failure, now, rule=RULE, draw=draw)


def test_a_new_breaker_is_closed():
    assert Breaker().state(0.0) == "closed"


def test_so_many_passing_failures_in_a_row_open_it():
    first = failed(Breaker(), UNWELL)
    second = failed(first, EmptyAnswer("x:b", 1, 2))
    third = failed(second, UNWELL, now=10.0)
    assert [one.state(10.0) for one in (first, second, third)] == ["closed", "closed", "open"]
    assert third.cause is UNWELL


def test_an_answer_in_between_starts_the_count_again():
    breaker = failed(failed(Breaker(), UNWELL), UNWELL)
    breaker = failed(after_answer(), UNWELL)
    assert (breaker.failures, breaker.state(0.0)) == (1, "closed")


@pytest.mark.parametrize("failure", [SymbolUnknown("topix", "x:a"), Malformed("x:a", "a list")])
def test_a_failure_that_is_an_answer_closes_it(failure):
    assert failed(failed(failed(Breaker(), UNWELL), UNWELL), failure) == Breaker()


@pytest.mark.parametrize(
    "failure",
    [
        SILENT,
        RateLimited("x:a"),
        AccessRefused("x:a", 403, "no plan", "buy one"),
        ClocksDisagree("x:a", NOON, NOON),
    ],
)
def test_a_failure_of_the_whole_source_opens_it_at_once(failure):
    assert failed(Breaker(), failure, now=5.0).state(5.0) == "open"


def test_it_is_open_for_the_cool_down_and_then_half_open():
    breaker = failed(Breaker(), SILENT, now=100.0)
    assert [breaker.state(now) for now in (100.0, 159.9, 160.0)] == ["open", "open", "half-open"]


def test_each_opening_in_a_row_lasts_twice_as_long_up_to_the_longest():
    breaker, spans = Breaker(), []
    for _ in range(4):
        breaker = failed(breaker, UNWELL if breaker.cause else SILENT, now=1000.0)
        spans.append(breaker.until - 1000.0)
    assert spans == [60.0, 120.0, 200.0, 200.0]


def test_one_failure_of_a_half_open_one_opens_it_again_and_one_answer_closes_it():
    half_open = failed(Breaker(), SILENT, now=0.0)
    assert failed(half_open, UNWELL, now=60.0).state(61.0) == "open"
    assert after_answer().state(61.0) == "closed"


def test_chance_makes_it_longer_by_no_more_than_the_jitter():
    spans = [failed(Breaker(), SILENT, draw=draw).until for draw in (0.0, 0.5, 1.0)]
    assert spans == [60.0, 75.0, 90.0]


@pytest.mark.parametrize(("after", "until"), [(10, 60.0), (500, 500.0), (None, 3600.0)])
def test_the_source_is_left_alone_for_no_less_than_it_asks(after, until):
    assert failed(Breaker(), RateLimited("x:a", after)).until == until


def test_a_clock_that_went_back_does_not_keep_it_open():
    assert failed(Breaker(), SILENT, now=1_000_000.0).state(0.0) == "half-open"


class Line:
    """A source of which each call is an answer or an error."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), 0

    def __call__(self):
        self.calls += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def asked(caller, line, *, source="x", minutes=0.0, patience=ONCE):
    return caller.ask(source, line, patience, NOON + timedelta(minutes=minutes))


def test_an_open_breaker_asks_nothing_and_says_why():
    caller, line = Caller(RULE), Line(SILENT, "late")
    for _ in range(3):
        with pytest.raises(NoNetwork, match="silence"):
            asked(caller, line)
    assert line.calls == 1


def test_after_the_cool_down_it_asks_once_and_goes_on_if_that_is_answered():
    caller, line = Caller(RULE), Line(SILENT, "late", "as ever")
    with pytest.raises(NoNetwork):
        asked(caller, line)
    assert [asked(caller, line, minutes=2), asked(caller, line, minutes=2)] == ["late", "as ever"]


def test_one_source_that_is_left_alone_does_not_keep_another_from_being_asked():
    caller = Caller(RULE)
    with pytest.raises(RateLimited):
        asked(caller, Line(RateLimited("x:a")))
    assert asked(caller, Line("fine"), source="y") == "fine"


def test_a_call_that_is_answered_at_the_second_try_is_no_failure():
    watch = Stopwatch()
    caller = Caller(RULE, sleep=watch.sleep, timer=watch.timer)
    assert asked(caller, Line(UNWELL, "fine"), patience=Patience(attempts=2)) == "fine"
    assert caller.breaker("x") == Breaker()
    assert len(watch.slept) == 1


def test_the_same_seed_waits_the_same_and_another_waits_otherwise():
    def waits(seed):
        watch = Stopwatch()
        caller = Caller(RULE, seed=seed, sleep=watch.sleep, timer=watch.timer)
        with pytest.raises(NoNetwork):
            asked(caller, Line(SILENT, SILENT, SILENT), patience=Patience(attempts=3))
        return (*watch.slept, caller.breaker("x").until)

    assert waits(1) == waits(1)
    assert waits(1) != waits(2)


def test_an_error_that_is_no_failure_of_the_source_passes_through_and_is_not_held_against_it():
    caller = Caller(RULE)
    with pytest.raises(KeyError):
        asked(caller, Line(KeyError("bug")))
    assert caller.breaker("x") == Breaker()
