"""The record of a failure mode: what goes wrong, what the service does then, and the test that proves it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FailureMode:
    """One row of the table in docs/failures.md.

    Attributes
    ----------
    area : str
        Where it strikes: ``Yahoo``, ``price files``, ``official sources``, ``store``, ``crashes`` or
        ``quality``.
    mode : str
        What goes wrong, in a few plain words.
    answer : str
        What the service does then.
    test : str
        ``tests/kind/test_file.py::test_name`` that proves it; parametrised tests without their brackets.
    """

    area: str
    mode: str
    answer: str
    test: str
