"""What the command line shows: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy.errors import EventStudyError

ASKED_WRONGLY = 2
UNEXPECTED = 1


@dataclass(frozen=True)
class Screen:
    """Where output goes.

    Attributes
    ----------
    as_json : bool
        One JSON document on standard output, nothing else there.
    """

    as_json: bool

    def progress(self, line: str) -> None:
        """Tell a person at a terminal what is happening; silent when piped."""
        if sys.stderr.isatty():
            self.note(f"{line} ...")

    def note(self, line: str) -> None:
        """Say something on standard error."""
        sys.stderr.write(line + "\n")

    def say(self, line: str = "") -> None:
        """Say something on standard output, unless a JSON document is what was asked for."""
        if not self.as_json:
            sys.stdout.write(line + "\n")

    def document(self, content: dict[str, Any]) -> None:
        """Print the JSON document, if that is what was asked for."""
        if self.as_json:
            sys.stdout.write(json.dumps(content, indent=1, allow_nan=False) + "\n")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table; columns named with a trailing ``>`` are numbers and align right."""
        if self.as_json:
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        grid = Table(
            title=Text(title, style="bold"),
            box=None,
            title_justify="left",
            pad_edge=False,
            padding=(0, 1, 0, 0),
        )
        for name in columns:
            right = name.endswith(">")
            grid.add_column(name.rstrip(">"), justify="right" if right else "left", no_wrap=name != "label")
        for row in rows:
            grid.add_row(*(Text(cell) for cell in row))
        Console().print(grid, highlight=False)

    def failure(self, error: EventStudyError) -> None:
        """Tell an error: one sentence on standard error and, for JSON, the error document."""
        self.note(f"error: {error}.")
        self.document({"error": error.document()})

    def usage(self, problem: Any) -> int:  # noqa: ANN401  (the command-line library's own class)
        """Tell that the command line was asked wrongly; returns the exit code."""
        message = problem.format_message()
        path = problem.ctx.command_path if getattr(problem, "ctx", None) else "eventstudy"
        remedy = f"see '{path} --help'"
        self.note(f"error: {message.rstrip('.')}; {remedy}.")
        self.document({"error": {"kind": "usage", "message": message, "remedy": remedy}})
        return ASKED_WRONGLY

    def bug(self, problem: Exception) -> int:
        """Tell that something unforeseen happened; returns the exit code."""
        message = f"unexpected {type(problem).__name__}: {problem}"
        remedy = "set EVENTSTUDY_DEBUG=1 to see where, and report it"
        self.note(f"error: {message}; {remedy}.")
        self.document({"error": {"kind": "unexpected", "message": message, "remedy": remedy}})
        return UNEXPECTED
