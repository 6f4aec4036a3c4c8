"""Trying again: a pure schedule of delays and one small, bounded loop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from jobs.errors import ProviderError, RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")
AFTER_A_REFUSAL = 3600.0
"""Seconds to leave a source alone that refuses requests without saying for how long."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often to try.

    Attributes
    ----------
    attempts : int
        Calls in all, at least 1.
    first_delay : float
        Seconds before the second call.
    factor : float
        Each further delay is this many times the one before.
    longest_delay : float
        No delay is longer, seconds.
    within : float
        No call starts later than this many seconds after the first one.
    """

    attempts: int = 3
    first_delay: float = 1.0
    factor: float = 2.0
    longest_delay: float = 10.0
    within: float = 15.0

    @property
    def delays(self) -> tuple[float, ...]:
        """Seconds to wait after each failed call but the last; empty for a single attempt."""
        grown = (self.first_delay * self.factor**step for step in range(self.attempts - 1))
        return tuple(min(delay, self.longest_delay) for delay in grown)


def advised_wait(failure: ProviderError) -> float:
    """Return the seconds for which a failure asks that its source be left alone; 0 if it does not.

    Parameters
    ----------
    failure : ProviderError
        What the source answered.

    Returns
    -------
    float
        What a refusal says, an hour if it says nothing, never less than 0.
    """
    if not isinstance(failure, RateLimited):
        return 0.0
    return AFTER_A_REFUSAL if failure.after is None else max(0.0, float(failure.after))


def steady() -> float:
    """Return the middle of every chance: with it each wait is the delay itself."""
    return 0.5


def retry(
    call: Callable[[], Answer],
    patience: Patience,
    *,
    sleep: Callable[[float], None] = time.sleep,
    timer: Callable[[], float] = time.monotonic,
    draw: Callable[[], float] = steady,
) -> Answer:
    """Call until it succeeds, fails for good, or patience runs out.

    A source that refuses requests is not asked again before it wants to be.

    Parameters
    ----------
    call : callable
        Takes nothing; raises `ProviderError` when it fails.
    patience : Patience
        How often and how long.
    sleep : callable
        Waits for that many seconds.
    timer : callable
        Seconds on a clock that never goes back.
    draw : callable
        Chance from 0 to 1; each wait is from half to one and a half times its delay, so that machines that
        failed together do not come back together.

    Returns
    -------
    object
        What the first successful call returned.

    Raises
    ------
    ProviderError
        The last failure: one that is not retryable, or the one at which patience ran out.
    """
    begun = timer()
    for delay in patience.delays:
        try:
            return call()
        except ProviderError as failure:
            wait = max(delay * (0.5 + draw()), advised_wait(failure))
            if not failure.retryable or timer() - begun + wait > patience.within:
                raise
        sleep(wait)
    return call()
