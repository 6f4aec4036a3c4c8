"""One reading of one price file: what is known beforehand, what is noticed, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from jobs.errors import BadPriceFile
from jobs.providers.mapping import NAME, PLAIN, FileMapping

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of one file: what is known beforehand, and what was noticed on the way.

    Attributes
    ----------
    file, series : str
        What is read, as error messages name it.
    quantity : str
        As `eventstudy.series.Series.quantity`: only a ``yield`` may be zero or negative.
    latest : date
        No row may be dated later.
    zone : str or None
        Zone of the series' own clock.
    mapping : FileMapping
        What the reader was told.
    notes : list of (str, str, str)
        Rule, what was read otherwise than as `docs/data.md`'s plain form has it, and what that form has.
    """

    file: str
    series: str
    quantity: str
    latest: date
    zone: str | None = None
    mapping: FileMapping = PLAIN
    notes: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, observed: str, expected: str, rule: str = "file form") -> None:
        """Remember something worth a notice."""
        self.notes.append((rule, observed, expected))

    def refuse(self, line: int | None, column: str | None, what: str, remedy: str) -> NoReturn:
        """Raise BadPriceFile.

        Parameters
        ----------
        line, column : int, str or None
            The place; None for the whole.
        what, remedy : str
            What was found there, and how to mend it.

        Raises
        ------
        BadPriceFile
            Always.
        """
        raise BadPriceFile(self.file, line, column, what, remedy)

    def ask(
        self, line: int | None, column: str | None, what: str, entry: str, *, first: str = ""
    ) -> NoReturn:
        """Raise BadPriceFile with a line to write into the mapping file as the remedy.

        Parameters
        ----------
        line, column : int, str or None
            The place; None for the whole.
        what : str
            What was found there.
        entry : str
            The line to write.
        first : str
            Another remedy, told before it.

        Raises
        ------
        BadPriceFile
            Always.
        """
        told = f"write {entry} under [{self.series}] in {NAME}"
        raise BadPriceFile(self.file, line, column, what, f"{first}, or {told}" if first else told)
