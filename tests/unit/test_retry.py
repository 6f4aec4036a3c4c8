import pytest

from jobs.errors import NoNetwork, ProviderError, RateLimited, SymbolUnknown
from jobs.retry import AFTER_A_REFUSAL, Patience, advised_wait, retry
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
    call = Flaky(watch, NoNetwork("x", "silence"), NoNetwork("x", "silence"))
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
    call = Flaky(
        watch, NoNetwork("first", "silence"), NoNetwork("second", "silence"), NoNetwork("third", "silence")
    )
    with pytest.raises(NoNetwork, match="second"):
        attempt(call, Patience(attempts=2, first_delay=1), watch)
    assert call.calls == 2


def test_no_call_starts_later_than_patience_allows():
    watch = Stopwatch()
    call = Flaky(watch, *(NoNetwork("x", "silence") for _ in range(9)), seconds=6.0)
    with pytest.raises(NoNetwork):
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


def test_a_source_that_refuses_requests_is_not_asked_again_at_once():
    watch = Stopwatch()
    call = Flaky(watch, RateLimited("x"))
    with pytest.raises(RateLimited):
        attempt(call, Patience(attempts=3, within=60), watch)
    assert (call.calls, watch.slept) == (1, [])


def test_a_refusal_that_says_for_how_long_is_waited_out_where_patience_reaches():
    watch = Stopwatch()
    call = Flaky(watch, RateLimited("x", 7))
    assert attempt(call, Patience(attempts=2, first_delay=1, within=15), watch) == "answer"
    assert watch.slept == [7.0]


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        (RateLimited("x", 30), 30.0),
        (RateLimited("x", 0), 0.0),
        (RateLimited("x"), AFTER_A_REFUSAL),
        (NoNetwork("x", "silence"), 0.0),
    ],
)
def test_only_a_refusal_asks_to_be_left_alone(failure, seconds):
    assert advised_wait(failure) == seconds


def test_chance_makes_a_wait_between_half_and_one_and_a_half_of_its_delay():
    for chance, wait in ((0.0, 2.0), (0.25, 3.0), (0.5, 4.0), (1.0, 6.0)):
        watch = Stopwatch()
        call, patience = Flaky(watch, NoNetwork("x", "silence")), Patience(attempts=2, first_delay=4)
        retry(call, patience, sleep=watch.sleep, timer=watch.timer, draw=lambda chance=chance: chance)
        assert watch.slept == [wait]
