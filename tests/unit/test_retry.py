import pytest

from jobs.errors import ProviderError, RateLimited, SymbolUnknown
from jobs.retry import Patience, retry
from tests.fakes import Stopwatch


class Flaky:
    """Fails with each error in turn, then answers; every call takes the given seconds."""

    def __init__(self, watch, *errors, seconds=0.0):
        self.watch, self.errors, self.seconds, self.calls = watch, list(errors), seconds, 0

    def __call__(self):
        self.calls += 1
        self.watch.seconds += self.seconds
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def attempt(call, patience, watch):
    return retry(call, patience, sleep=watch.sleep, timer=watch.timer)


def test_delays_double_up_to_the_longest():
    patience = Patience(attempts=6, first_delay=1.5, factor=2, longest_delay=10)
    assert patience.delays == (1.5, 3.0, 6.0, 10.0, 10.0)


def test_a_single_attempt_has_no_delay():
    assert Patience(attempts=1).delays == ()


def test_a_call_that_succeeds_is_made_once_without_waiting():
    watch = Stopwatch()
    call = Flaky(watch)
    assert attempt(call, Patience(), watch) == "answer"
    assert (call.calls, watch.slept) == (1, [])


def test_a_passing_failure_is_tried_again_after_the_delays():
    watch = Stopwatch()
    call = Flaky(watch, RateLimited("x"), RateLimited("x"))
    assert attempt(call, Patience(attempts=3, first_delay=1, factor=3, within=60), watch) == "answer"
    assert (call.calls, watch.slept) == (3, [1.0, 3.0])


def test_a_final_failure_is_not_tried_again():
    watch = Stopwatch()
    call = Flaky(watch, SymbolUnknown("topix", "x"))
    with pytest.raises(SymbolUnknown):
        attempt(call, Patience(), watch)
    assert (call.calls, watch.slept) == (1, [])


def test_the_last_failure_comes_out_when_attempts_run_out():
    watch = Stopwatch()
    call = Flaky(watch, RateLimited("first"), RateLimited("second"), RateLimited("third"))
    with pytest.raises(RateLimited, match="second"):
        attempt(call, Patience(attempts=2, first_delay=1), watch)
    assert call.calls == 2


def test_no_call_starts_later_than_patience_allows():
    watch = Stopwatch()
    call = Flaky(watch, *(RateLimited("x") for _ in range(9)), seconds=6.0)
    with pytest.raises(RateLimited):
        attempt(call, Patience(attempts=9, first_delay=1, factor=1, within=15), watch)
    # calls start at 0 and 7; the next would start at 14, the one after that at 21
    assert call.calls == 3
    assert watch.slept == [1.0, 1.0]


def test_an_error_of_another_kind_passes_through_at_once():
    watch = Stopwatch()
    call = Flaky(watch, KeyError("bug"))
    with pytest.raises(KeyError):
        attempt(call, Patience(), watch)
    assert call.calls == 1


def test_a_provider_error_is_final_unless_its_kind_says_otherwise():
    assert not ProviderError.retryable
    assert not ProviderError.source_down
