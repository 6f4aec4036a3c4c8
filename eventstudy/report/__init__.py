"""Results as text: tables for people, charts as data, and one self-contained HTML page."""

from __future__ import annotations

from eventstudy.report.charts import figure
from eventstudy.report.clocks import by_clock
from eventstudy.report.document import Report, page
from eventstudy.report.tables import (
    exclusions,
    figures_table,
    fits_table,
    headline,
    scoreboard,
    signals_table,
    truth_beside_estimates,
)

__all__ = [
    "Report",
    "by_clock",
    "exclusions",
    "figure",
    "figures_table",
    "fits_table",
    "headline",
    "page",
    "scoreboard",
    "signals_table",
    "truth_beside_estimates",
]
