"""Rows of a table as HTML: a page has tens of thousands of cells, too many for a template."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from eventstudy.report.views import Cell, Table


def rows(table: Table) -> Markup:
    """Return the body of a table.

    Parameters
    ----------
    table : Table
        Whose cells are escaped, but for pictures, which this package draws itself.

    Returns
    -------
    Markup
        One ``<tr>`` a line; without rows one that says what is empty.
    """
    if not table.rows:
        return Markup('<tr><td colspan="{}">{}</td></tr>').format(len(table.columns), table.empty)
    numeric = [column.numeric for column in table.columns]
    return Markup("\n").join(Markup(_row(row, numeric)) for row in table.rows)


def _row(cells: tuple[Cell, ...], numeric: list[bool]) -> str:
    pairs = zip(cells, numeric, strict=True)
    written = [_cell(cell, right, head=place == 0) for place, (cell, right) in enumerate(pairs)]
    return f"<tr>{''.join(written)}</tr>"


def _cell(cell: Cell, right: bool, *, head: bool) -> str:
    look = f"{'num ' if right else ''}{cell.tone}".strip()
    attributes = (' scope="row"' if head else "") + (f' class="{escape(look)}"' if look else "")
    content = str(escape(cell.text))
    if cell.link:
        content = f'<a href="#{escape(quote(cell.link, safe="/"))}">{content}</a>'
    notes = "".join(f"<small>{escape(note)}</small>" for note in cell.notes)
    tag = "th" if head else "td"
    return f"<{tag}{attributes}>{cell.picture}{content}{notes}</{tag}>"
