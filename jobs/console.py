"""What the command line shows: results on standard output, everything else on standard error."""

from __future__ import annotations

import codecs
import io
import json
import os
import shutil
import sys
import textwrap
import traceback
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import typer

from eventstudy.errors import EventStudyError
from jobs.errors import CannotWrite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.status import Status

UNEXPECTED = 1
ASKED_WRONGLY = 2
OUTSIDE_WORLD_FAILED = 4
INTERRUPTED = 130
NARROWEST = {"*": 20, "~": 9}
PLAIN = str.maketrans({"−": "-", "–": "-", "…": "~", "≤": "<=", "×": "x", "∞": "inf"})


class Screen:
    """Where output goes.

    Parameters
    ----------
    as_json : bool
        One JSON document on standard output, nothing else there.
    """

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._busy: Status | None = None

    def progress(self, line: str) -> None:
        """Tell a person at a terminal what is happening, in a line that goes away; silent when piped."""
        if not sys.stderr.isatty():
            return
        if self._busy is None:
            from rich.console import Console

            self._busy = Console(stderr=True).status(line)
            self._busy.start()
        self._busy.update(line)

    def rest(self) -> None:
        """Take the line of `progress` away."""
        if self._busy is not None:
            self._busy.stop()
            self._busy = None

    def note(self, line: str) -> None:
        """Say something on standard error."""
        self.rest()
        sys.stderr.write(line + "\n")

    def say(self, line: str = "") -> None:
        """Say something on standard output as it stands, unless a JSON document is what was asked for."""
        self.rest()
        if not self.as_json:
            _print(line)

    def tell(self, text: str, *, indent: int = 0) -> None:
        """Say a sentence wrapped at the screen's width, its further lines indented by two more."""
        margin = " " * indent
        for line in wrapped(text, screen_width(), margin, margin + "  "):
            self.say(line)

    def document(self, content: dict[str, Any]) -> None:
        """Print the JSON document, if that is what was asked for."""
        self.rest()
        if self.as_json:
            _print(json.dumps(content, indent=1, allow_nan=False))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table under its title, bold on a terminal; see `grid` for the columns' marks."""
        if self.as_json:
            return
        for line in wrapped(title, screen_width()):
            self.say(f"\x1b[1m{line}\x1b[0m" if sys.stdout.isatty() else line)
        for line in grid(columns, list(rows), screen_width()):
            self.say(line)

    def guarded(self, command: Callable[[], object]) -> int:
        """Run a command to its end and return the exit code; whatever it raises becomes one sentence."""
        try:
            left = command()
        except EventStudyError as error:
            self._failed(str(error), error.document())
            return error.exit_code
        except typer.exceptions.TyperException as asked:
            context = getattr(asked, "ctx", None)
            path = context.command_path if context else "eventstudy"
            self._fault("usage", asked.format_message().rstrip("."), f"see '{path} --help'")
            return ASKED_WRONGLY
        except SystemExit:  # the command-line library's answer to a reader that left early
            return 0
        except OSError as trouble:
            message = f"{trouble.filename or 'the system'} failed ({trouble.strerror or trouble})"
            self._fault("system_failed", message, "free some space or mend permissions, and run again")
            return OUTSIDE_WORLD_FAILED
        except Exception as bug:
            if os.environ.get("EVENTSTUDY_DEBUG"):
                traceback.print_exc()
            remedy = "set EVENTSTUDY_DEBUG=1 to see where, and report it"
            self._fault("unexpected", f"unexpected {type(bug).__name__}: {bug}", remedy)
            return UNEXPECTED
        if left == INTERRUPTED:
            self.note("interrupted; the next run picks up what is missing")
        return left if isinstance(left, int) else 0

    def _fault(self, kind: str, message: str, remedy: str) -> None:
        self._failed(f"{message}; {remedy}", {"kind": kind, "message": message, "remedy": remedy})

    def _failed(self, sentence: str, document: dict[str, str]) -> None:
        self.note(f"error: {sentence}" + ("" if sentence.endswith("?") else "."))
        with suppress(CannotWrite):
            self.document({"error": document})


def _print(line: str) -> None:
    """Write to standard output now; go on in silence where nobody reads on."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError as problem:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115  (or Python would try again at its end)
        if not isinstance(problem, BrokenPipeError):
            raise CannotWrite("standard output", problem.strerror or str(problem)) from None


def screen_width() -> int:
    """Return the terminal's width in columns; ``COLUMNS`` where it is set, 80 without a terminal."""
    return shutil.get_terminal_size((80, 24)).columns


def wrapped(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Return a text in lines of at most a width, broken between words only.

    Parameters
    ----------
    text : str
        Spaces and line breaks in it are all the same.
    width : int
        In columns; a longer word stands alone in its line.
    first, further : str
        Put before the first line and before each further one.

    Returns
    -------
    list of str
        At least one line.
    """
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [""]


def shortened(name: str, width: int) -> str:
    """Return a name with its middle left out where it is too long: both ends tell names apart."""
    if len(name) <= width:
        return name
    head = width // 2
    return f"{name[:head]}…{name[len(name) - (width - head - 1) :]}"


def grid(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return a table as lines, fitted into a width at the cost of text and names, never of numbers.

    Parameters
    ----------
    columns : sequence of str
        Headings. A last character says how a column behaves: ``>`` aligns right, ``*`` is text that may be
        wrapped, ``~`` a name that may be `shortened`; where both are there text gives way first.
    rows : sequence of sequence of str
        Cells, one for each column.
    width : int
        In columns of the screen.

    Returns
    -------
    list of str
        The heading and at least one line a row, without spaces at the end.
    """
    kinds = [name[-1] if name[-1] in ">*~" else "" for name in columns]
    names = [name.removesuffix(kind) for name, kind in zip(columns, kinds, strict=True)]
    widths = [max(map(len, column)) for column in zip(names, *rows, strict=True)]
    gap = 2 if sum(widths) + 2 * (len(widths) - 1) <= width else 1
    _narrow(widths, kinds, width - gap * (len(widths) - 1))
    lines = []
    for row in (names, *rows):
        cells = [_fitted(cell, kind, room) for cell, kind, room in zip(row, kinds, widths, strict=True)]
        lines += [_aligned(parts, kinds, widths, gap) for parts in zip_longest(*cells, fillvalue="")]
    return lines


def _narrow(widths: list[int], kinds: Sequence[str], room: int) -> None:
    """Take columns away from the widest one that may give some, text before names, until all fit."""
    for kind, least in NARROWEST.items():
        while sum(widths) > room:
            givers = [at for at, one in enumerate(kinds) if one == kind and widths[at] > least]
            if not givers:
                break
            widths[max(givers, key=widths.__getitem__)] -= 1


def _fitted(cell: str, kind: str, room: int) -> list[str]:
    if kind == "*":
        return wrapped(cell, room)
    return [shortened(cell, room) if kind == "~" else cell]


def _aligned(parts: Sequence[str], kinds: Sequence[str], widths: Sequence[int], gap: int) -> str:
    cells = (
        text.rjust(room) if kind == ">" else text.ljust(room)
        for text, kind, room in zip(parts, kinds, widths, strict=True)
    )
    return (" " * gap).join(cells).rstrip()


def speak_plainly() -> None:
    """Have characters that the terminal's encoding lacks written in plain ones, such as ``-`` for ``−``."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(problem: UnicodeError) -> tuple[str, int]:
    assert isinstance(problem, UnicodeEncodeError)
    lacking = problem.object[problem.start : problem.end].translate(PLAIN)
    return lacking.encode("ascii", "replace").decode(), problem.end
