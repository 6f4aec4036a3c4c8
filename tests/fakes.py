"""Plain stand-ins with the same protocol as the real thing: no mocks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FixedClock:
    """A clock that has stopped."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


class Stopwatch:
    """Time that passes only by sleeping or by being told; stands in for sleep and the monotonic timer."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def timer(self):
        return self.seconds
