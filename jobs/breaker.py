"""Leaving a failing source alone: one circuit breaker a source, and the caller who asks through it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal, TypeVar

from jobs.errors import ProviderError
from jobs.retry import advised_wait, retry

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobs.retry import Patience

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """When a source is left alone, and for how long.

    Attributes
    ----------
    failures : int
        So many passing failures in a row open the breaker; one is enough where every series of the source
        would fail alike.
    cool_down : float
        Seconds for which it stays open the first time.
    factor, longest : float
        Each further opening in a row lasts so many times longer, up to so many seconds.
    jitter : float
        Share of the cool-down by which it may last longer, so that many machines do not come back at once.
    """

    failures: int = 3
    cool_down: float = 60.0
    factor: float = 2.0
    longest: float = 4 * 3600.0
    jitter: float = 0.25


@dataclass(frozen=True, slots=True)
class Breaker:
    """One source's breaker: closed (it is asked), open (it is left alone) or half-open (it is asked once).

    Attributes
    ----------
    failures : int
        Passing failures in a row.
    openings : int
        How often in a row it opened.
    opened, until : float
        Between these seconds of the caller's clock it is open; meaningless without a cause.
    cause : ProviderError or None
        What opened it.
    """

    failures: int = 0
    openings: int = 0
    opened: float = 0.0
    until: float = 0.0
    cause: ProviderError | None = None

    def state(self, now: float) -> Literal["closed", "open", "half-open"]:
        """Return what it lets through at an instant; once, where the clock went back to before it opened."""
        if self.cause is None:
            return "closed"
        return "open" if self.opened <= now < self.until else "half-open"


def after_answer() -> Breaker:
    """Return the breaker of a source that answered, whatever it said: closed, nothing held against it."""
    return Breaker()


def after_failure(
    breaker: Breaker, failure: ProviderError, now: float, *, rule: BreakerRule, draw: float
) -> Breaker:
    """Return the breaker after a failure.

    Parameters
    ----------
    breaker : Breaker
        As it was.
    failure : ProviderError
        Passing (`retryable`) or of the whole source (`source_down`); any other is an answer.
    now : float
        Seconds on the caller's clock.
    rule : BreakerRule
        When and for how long.
    draw : float
        Chance from 0 to 1, spent on the jitter.

    Returns
    -------
    Breaker
        Open after enough failures in a row, at once after a failure of the whole source or of the one
        question that a half-open one lets through; never shorter than the source itself asked for.
    """
    if not (failure.retryable or failure.source_down):
        return after_answer()
    failures = breaker.failures + 1
    if not failure.source_down and failures < rule.failures and breaker.cause is None:
        return Breaker(failures)
    pause = min(rule.cool_down * rule.factor**breaker.openings, rule.longest)
    pause = max(pause * (1 + rule.jitter * draw), advised_wait(failure))
    return Breaker(failures, breaker.openings + 1, now, now + pause, failure)


class Caller:
    """Asks sources: again after a passing failure, not at all while their breaker is open.

    One lives as long as the service, so that a scheduler does not forget at midnight what happened before.

    Parameters
    ----------
    rule : BreakerRule
        For every source.
    seed : int
        Of the jitter; the same seed waits the same.
    sleep, timer : callable
        Wait that many seconds; seconds on a clock that never goes back.
    """

    def __init__(
        self,
        rule: BreakerRule | None = None,
        *,
        seed: int = 0,
        sleep: Callable[[float], None] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rule, self._seed, self._sleep, self._timer = rule or BreakerRule(), seed, sleep, timer
        self._breakers: dict[str, Breaker] = {}

    def breaker(self, source: str) -> Breaker:
        """Return the breaker of a source as it is now."""
        return self._breakers.get(source, Breaker())

    def ask(self, source: str, call: Callable[[], Answer], patience: Patience, moment: datetime) -> Answer:
        """Return what a source answers.

        Parameters
        ----------
        source : str
            Name of the provider, which its breaker goes by.
        call : callable
            Takes nothing; raises ProviderError when the source fails.
        patience : Patience
            How often and how long it is asked again.
        moment : datetime
            Zone-aware present.

        Returns
        -------
        object
            What the call returned.

        Raises
        ------
        ProviderError
            What the call raised last; what opened the breaker while that is open, and then nothing is asked.
        """
        before, now = self.breaker(source), moment.timestamp()
        if before.cause is not None and before.state(now) == "open":
            raise before.cause
        chance = Random(f"{self._seed} {source} {before.openings} {before.failures}")
        try:
            answer = retry(call, patience, sleep=self._sleep, timer=self._timer, draw=chance.random)
        except ProviderError as failure:
            self._breakers[source] = after_failure(
                before, failure, now, rule=self._rule, draw=chance.random()
            )
            raise
        self._breakers[source] = after_answer()
        return answer
