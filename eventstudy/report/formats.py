"""Numbers, p-values, dates and names as text: the one set of formats of pages and terminal."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pandas as pd

from eventstudy.report import glossary
from eventstudy.series import SERIES
from eventstudy.sessions import CLOCKS

if TYPE_CHECKING:
    from eventstudy.values import Window

NOTHING = "–"
MINUS = "−"
INFINITY = "∞"
TOKYO = ZoneInfo("Asia/Tokyo")
UNITS: dict[str, str] = {
    "AR": "% log",
    "CAR": "% log",
    "AV": "× forecast",
    "CAV": "excess",
    "MAX": "%",
    "MIN_CAR": "%",
    "RAV": "× calm",
    "VR": "× forecast",
    "SCAR": "σ",
    "SAR": "σ",
}
METHODS: dict[str, str] = {name: label for name, (label, _) in glossary.METHODS.items()}
_SHORT_UNITS = {
    "AR": "%", "CAR": "%", "MAX": "%", "MIN_CAR": "%", "AV": "×", "RAV": "×", "VR": "×",
    "SCAR": "σ", "SAR": "σ",
}  # fmt: skip
_UNSIGNED = frozenset({"AV", "RAV", "VR", "MAX", "HALF_LIFE"})
STRICT_LEVEL = 0.01


def absent(value: object) -> bool:
    """Return whether a value says "nothing here": None, NaN, NaT or pandas' NA."""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value)


def text(value: object) -> str:
    """Return any value as text; an absent or empty one is an en dash."""
    return NOTHING if absent(value) or value == "" else str(value)


def number(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Return a number with fixed decimals and a true minus sign.

    Parameters
    ----------
    value : float or None
        None and NaN are written as an en dash, infinities as the sign of infinity.
    decimals : int
        Digits after the point. A value that rounds to zero carries no sign.
    signed : bool
        Whether positive values carry a plus sign.

    Returns
    -------
    str
        Thousands are separated by commas.
    """
    if value is None or absent(value):
        return NOTHING
    size = INFINITY if math.isinf(value) else f"{abs(value):,.{decimals}f}"
    if not size.strip("0.,"):
        return size
    return (MINUS if value < 0 else "+" if signed else "") + size


def significant(value: float | None, digits: int = 4) -> str:
    """Return a number of unknown size with so many significant digits; whole numbers stay whole."""
    if value is None or absent(value) or math.isinf(value) or float(value).is_integer():
        return number(value, 0)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return number(value, min(decimals, 2 + digits))


def remainder(value: float | None) -> str:
    """Return what should be nothing, such as the score at an optimum: below a thousandth its order of size.

    Parameters
    ----------
    value : float or None
        Not negative; NaN is an en dash.

    Returns
    -------
    str
        Such as ``3e-13``, ``0.0042``, ``2.4`` or ``0``.
    """
    if value is not None and 0 < value < 1e-3:
        return f"{value:.0e}"
    return significant(value, 2)


def estimate(statistic: str, value: float | None) -> str:
    """Return an estimate as its statistic is read: signed per cent, a multiple, a signed excess.

    Parameters
    ----------
    statistic : str
        ``AR``, ``CAR`` (per cent, log), ``AV`` (1 is no effect), ``CAV`` (0 is no effect) or any other of
        `glossary.STATISTICS`.
    value : float or None
        NaN is an en dash.

    Returns
    -------
    str
        Such as ``−4.31%``, ``3.20×`` or ``+5.10``; whole numbers from a hundred.
    """
    return with_unit(statistic, _measured(value, signed=statistic not in _UNSIGNED))


def size(statistic: str, value: float | None) -> str:
    """Return the size of an effect without its sign, such as a minimum detectable effect."""
    return with_unit(statistic, _measured(value, signed=False))


def _measured(value: float | None, *, signed: bool) -> str:
    large = value is not None and not absent(value) and abs(value) >= 100
    return number(value, 0 if large else 2, signed=signed)


def with_unit(statistic: str, written: str) -> str:
    """Return a written number followed by the short unit of its statistic."""
    if written == NOTHING:
        return written
    return written + _SHORT_UNITS.get(statistic, "")


def interval(statistic: str, lower: float | None, upper: float | None) -> str:
    """Return an interval such as ``[−6.12, −1.02]%``; an en dash when neither end is known."""
    if absent(lower) and absent(upper):
        return NOTHING
    signed = statistic not in _UNSIGNED
    ends = f"[{_measured(lower, signed=signed)}, {_measured(upper, signed=signed)}]"
    return with_unit(statistic, ends)


def p_value(p: float | None, floor: float | None = None) -> str:
    """Return a p-value that never claims more than its null distribution can show.

    Parameters
    ----------
    p : float or None
        NaN is an en dash.
    floor : float or None
        Smallest p-value that the method can attain; NaN or None when there is none.

    Returns
    -------
    str
        Four decimals below 0.1 and three above. At the floor ``≤`` and the floor rounded up; a p
        too small for four decimals is ``< 0.0001``. Never ``0.000``.
    """
    if p is None or absent(p):
        return NOTHING
    if floor is not None and not absent(floor) and floor > 0 and p <= floor * (1 + 1e-9):
        return f"≤ {math.ceil(floor * 1e4 - 1e-6) / 1e4:.4f}"
    if p < 5e-5:
        return "< 0.0001"
    return f"{p:.4f}" if p < 0.1 else f"{p:.3f}"


def mark(p: float | None, level: float, *, strict: bool = True) -> str:
    """Return the printed mark of a rejection, so that colour never carries it alone.

    Parameters
    ----------
    p : float or None
        NaN earns no mark.
    level : float
        Size of the test.
    strict : bool
        Whether the method's far tail is good enough for a claim at 1 %. A normal approximation's
        is not: returns have fat tails.

    Returns
    -------
    str
        ``**`` at 1 %, ``*`` at `level`, otherwise nothing.
    """
    if p is None or absent(p) or p > level:
        return ""
    return "**" if strict and p <= STRICT_LEVEL else "*"


def day(value: object) -> str:
    """Return a date or session such as ``Thu 2025-04-03``; an en dash for None and NaT."""
    if absent(value) or not isinstance(value, (date, datetime)):
        return text(value)
    return f"{value:%a %Y-%m-%d}"


def moment(instant: datetime, zone: str | ZoneInfo = TOKYO) -> str:
    """Return an instant in a zone, to the minute, such as ``Thu 2025-04-03 05:00 JST``.

    Parameters
    ----------
    instant : datetime
        Zone-aware.
    zone : str or ZoneInfo
        IANA name or zone.

    Returns
    -------
    str
        With the zone's abbreviation on that date.
    """
    local = instant.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    return f"{local:%a %Y-%m-%d %H:%M %Z}"


def window(statistic: str, days: Window) -> str:
    """Return a statistic with its window: ``AR(0)``, ``CAR(0,4)``, ``CAR(−1,1)``."""
    start, end = (f"{MINUS}{-k}" if k < 0 else str(k) for k in days)
    single = statistic in {"AR", "AV"} and start == end
    return f"{statistic}({start})" if single else f"{statistic}({start},{end})"


def method(name: str) -> str:
    """Return a test method's name for people; an unknown one as it is."""
    return METHODS.get(name, name)


def far_tail(name: str) -> bool:
    """Return whether a method's far tail carries a claim at 1 %: a normal one does not."""
    return name not in glossary.NORMAL_TAILS


def regime(name: object) -> str:
    """Return a volatility regime for people, such as ``q4 turbulent``; an en dash without one."""
    return glossary.REGIMES.get(text(name), text(name))


def share(value: float | None, decimals: int = 1) -> str:
    """Return a share in per cent, such as ``4.3%``; NaN is an en dash."""
    return NOTHING if value is None or absent(value) else f"{100 * value:.{decimals}f}%"


def size_verdict(size: float, error: float, level: float) -> str:
    """Return how a test keeps its level, by how often it rejected where nothing happened.

    Parameters
    ----------
    size, error : float
        Share of rejections and its Monte-Carlo standard error; NaN where nobody knows.
    level : float
        What the share should be.

    Returns
    -------
    str
        ``holds`` within three tenths of the level or two standard errors, else ``too often`` or ``too
        seldom``; empty when it is not known.
    """
    if absent(size):
        return ""
    margin = max(0.3 * level, 0.0 if absent(error) else 2 * error)
    if abs(size - level) <= margin:
        return "holds"
    return "too often" if size > level else "too seldom"


def clock(name: object) -> str:
    """Return a clock's name for people; an unknown one with spaces for underscores."""
    written = text(name)
    return CLOCKS[written].label if written in CLOCKS else written.replace("_", " ")


def clock_of(series_id: str) -> str:
    """Return the clock of a known series for people; nothing for an unknown one."""
    return clock(SERIES[series_id].clock) if series_id in SERIES else ""


def series(series_id: str) -> str:
    """Return a series' name for people; an unknown id stands for itself."""
    return SERIES[series_id].name if series_id in SERIES else series_id


def proxy(series_id: str, proxy_of: Any = None) -> str:  # noqa: ANN401  (a table's cell: text, None or NaN)
    """Return ``proxy of <name>`` for a stand-in and nothing for a series that is itself.

    Parameters
    ----------
    series_id : str
        Looked up in the table of series when the result itself does not say.
    proxy_of : str or None
        What the result says; None and NaN are "not a proxy".

    Returns
    -------
    str
        For people.
    """
    known = SERIES[series_id].proxy_of if series_id in SERIES else None
    original = known if absent(proxy_of) or proxy_of == "" else str(proxy_of)
    return f"proxy of {series(original)}" if original else ""


def label(series_id: str, proxy_of: Any = None) -> str:  # noqa: ANN401  (as in `proxy`)
    """Return a series' name, followed by what it stands in for: ``... (proxy of TOPIX)``."""
    stand_in = proxy(series_id, proxy_of)
    return f"{series(series_id)} ({stand_in})" if stand_in else series(series_id)
