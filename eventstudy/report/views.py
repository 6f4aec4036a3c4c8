"""What the page's template draws: tables of already formatted cells, and the anchors between them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Cell:
    """One formatted cell.

    Attributes
    ----------
    text : str
        First line.
    notes : tuple of str
        Smaller lines below it.
    tone : str
        CSS class of its tint; meaning is always in the text as well.
    link : str
        Anchor on this page that it leads to, without ``#``.
    picture : str
        Inline SVG drawn instead of text; made by this package only.
    """

    text: str
    notes: tuple[str, ...] = ()
    tone: str = ""
    link: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    title : str
        Its heading.
    unit : str
        Second line of the heading.
    numeric : bool
        Whether its cells are set flush right in even digits.
    """

    title: str
    unit: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its caption.

    Attributes
    ----------
    caption : str
        What it shows, in a sentence.
    columns : tuple of Column
        Headings.
    rows : tuple of tuple of Cell
        One cell per column; the first cell heads its row.
    groups : tuple of (Column, int)
        Headings above the headings with the number of columns each spans; may be empty.
    empty : str
        What to say when there are no rows.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    groups: tuple[tuple[Column, int], ...] = ()
    empty: str = "Nothing to show."


def event_anchor(event: str) -> str:
    """Return the element id of an event's section; distinct for distinct events."""
    return f"event/{quote(event, safe='')}"


def pair_anchor(event: str, series: str) -> str:
    """Return the element id of one (event, series) detail; distinct for distinct pairs."""
    return f"{event_anchor(event)}/{quote(series, safe='')}"


def tone(statistic: str, estimate: float, mark: str) -> str:
    """Return the tint of an estimate: none without a rejection, else by direction or as volatility."""
    if not mark:
        return ""
    if statistic in {"AV", "CAV", "RAV", "MAX", "VR"}:
        return "turbulent"
    return "up" if estimate > 0 else "down"
