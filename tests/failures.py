"""Every failure mode: what goes wrong, what the service does then, and the test that proves it.

Each area has its list in ``tests/failures_<name>.py``; `docs/failures.md` is written from them.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

AREAS = ("price files", "yahoo", "official sources", "quality", "store", "crashes")


@dataclass(frozen=True)
class FailureMode:
    """One row of the table in docs/failures.md.

    Attributes
    ----------
    area : str
        One of `AREAS`, in any case.
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


def failure_modes(area: str | None = None) -> list[FailureMode]:
    """Return the failure modes of an area, or all of them."""
    lists = sorted(path.stem for path in Path(__file__).parent.glob("failures_*.py"))
    every = [mode for name in lists for mode in import_module(f"tests.{name}").MODES]
    return [mode for mode in every if area is None or mode.area.lower() == area]
