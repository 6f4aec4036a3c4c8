"""Event studies of returns and volatility around dated news: pure analysis, values in, values out.

The public names load on first use, so that the command line can answer ``--help`` at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventstudy import figures, models, signals
    from eventstudy.errors import EventStudyError
    from eventstudy.garch import GarchFit, fit, fit_many, fit_shared, influence, lr_test
    from eventstudy.panel import PanelOptions, PanelResult, panel_study
    from eventstudy.results import FigureCheck, SignalReading, StudyResult
    from eventstudy.simulate import simulate_market
    from eventstudy.study import event_study
    from eventstudy.values import Article, Design, Event, Exclusion, QuotedFigure

__version__ = "0.1.0"
PART_OF = "eventstudy"

_HOMES = {
    "Article": "values",
    "Design": "values",
    "Event": "values",
    "EventStudyError": "errors",
    "Exclusion": "values",
    "FigureCheck": "results",
    "GarchFit": "garch",
    "PanelOptions": "panel",
    "PanelResult": "panel",
    "QuotedFigure": "values",
    "SignalReading": "results",
    "StudyResult": "results",
    "event_study": "study",
    "fit": "garch",
    "fit_many": "garch",
    "fit_shared": "garch",
    "influence": "garch",
    "lr_test": "garch",
    "panel_study": "panel",
    "simulate_market": "simulate",
}
_PARTS = ("figures", "models", "signals")

__all__ = [
    "Article",
    "Design",
    "Event",
    "EventStudyError",
    "Exclusion",
    "FigureCheck",
    "GarchFit",
    "PanelOptions",
    "PanelResult",
    "QuotedFigure",
    "SignalReading",
    "StudyResult",
    "__version__",
    "event_study",
    "figures",
    "fit",
    "fit_many",
    "fit_shared",
    "influence",
    "lr_test",
    "models",
    "panel_study",
    "signals",
    "simulate_market",
]


def __getattr__(name: str) -> object:
    if name in _PARTS:
        return import_module(f"eventstudy.{name}")
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
