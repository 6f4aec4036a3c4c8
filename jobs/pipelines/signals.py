"""Read the hedging signals as of one instant: store -> forecasts -> eventstudy.signals -> store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from eventstudy import signals as rules
from eventstudy.calm import fit_calm
from eventstudy.errors import EventStudyError
from eventstudy.garch import forecast_variance
from eventstudy.returns import on_sessions
from eventstudy.series import AUTOS_ETF
from eventstudy.series import series as series_of
from eventstudy.sessions import last_closed_session
from eventstudy.signals import VolatilityForecast
from eventstudy.values import Design
from eventstudy.windows import estimation_positions
from jobs.pipelines.snapshot import snapshot_hash

if TYPE_CHECKING:
    from datetime import datetime

    from db.store import Store
    from eventstudy.results import SignalReading
    from jobs.clock import Clock

NEEDED: tuple[str, ...] = (AUTOS_ETF, "usdjpy_tokyo_1700", "nikkei_vi", "nikkei225")
FORECAST: tuple[str, ...] = (AUTOS_ETF, "nikkei225")
DESIGN = Design()
HORIZON = 30


def read_signals(store: Store, as_of: datetime, *, clock: Clock) -> tuple[SignalReading, ...]:
    """Say what each signal said as of one instant, and keep it.

    See `closes_known` for the prices that count as known.

    Parameters
    ----------
    store : Store
        Prices in, readings out.
    as_of : datetime
        Zone-aware; nothing that closed later is read.
    clock : Clock
        Stamps the recording.

    Returns
    -------
    tuple of SignalReading
        One per signal.
    """
    with store.reading() as transaction:
        then, now = transaction.prices.closes(NEEDED, as_of), transaction.prices.closes(NEEDED)
    closes = closed_by(closes_known(then, now), as_of)
    readings = rules.compute(closes, as_of, forecasts=forecasts(closes, as_of))
    with store.transaction() as transaction:
        transaction.signals.write(readings, snapshot_hash(closes), clock.now())
        transaction.commit()
    return readings


def closes_known(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Return the closes that a reading of the past may use: those known then, behind them a later backfill.

    Parameters
    ----------
    then, now : DataFrame
        Closing prices as they were known at the instant and as they are known today; one column a
        series, indexed by session.

    Returns
    -------
    DataFrame
        The columns of `now`. A session known then has the price known then. One before the last of them
        that was stored later has today's price; one after it stays out, because nobody knew it. A series
        of which nothing was known then has today's prices throughout.
    """
    known = now.copy()
    for name in then.columns:
        last = then[name].last_valid_index()
        earlier = now.loc[now.index < last, name]
        known[name] = then[name].combine_first(earlier).reindex(known.index)
    return known


def closed_by(closes: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return prices without any session that had not closed by an instant, each series by its own clock.

    Parameters
    ----------
    closes : DataFrame
        Closing prices, one column a series, indexed by session.
    as_of : datetime
        Zone-aware.

    Returns
    -------
    DataFrame
        Same columns; later prices are NaN, rows without any price are gone.
    """
    last = {name: pd.Timestamp(last_closed_session(series_of(name).clock, as_of)) for name in closes.columns}
    cut = closes.apply(lambda column: column.where(column.index <= last[column.name]))
    return pd.DataFrame(cut.dropna(how="all"))


def forecasts(closes: pd.DataFrame, as_of: datetime) -> dict[str, VolatilityForecast]:
    """Fit the default model on the latest window of each series and forecast its variance.

    Parameters
    ----------
    closes : DataFrame
        Closing prices, one column a series, indexed by session.
    as_of : datetime
        Zone-aware; later sessions are cut away first.

    Returns
    -------
    dict
        Series id to forecast; a series whose history is too short, or whose fit does not converge,
        has none, and the signals that need it refuse.
    """
    made = {}
    for name in FORECAST:
        if name in closes.columns:
            forecast = _forecast(name, closes[name], as_of)
            if forecast is not None:
                made[name] = forecast
    return made


def _forecast(name: str, prices: pd.Series, as_of: datetime) -> VolatilityForecast | None:
    clock = series_of(name).clock
    known = prices[: pd.Timestamp(last_closed_session(clock, as_of))]
    try:
        rs = on_sessions(name, known, clock)
        last = len(rs.sessions) - 1
        calm = fit_calm(rs, estimation_positions(rs.returns, last, DESIGN.estimation, name), DESIGN)
    except EventStudyError:
        return None
    if calm.status == "not_converged":
        return None
    return VolatilityForecast(
        series=name,
        origin=rs.sessions[-1].date(),
        variances=tuple(
            forecast_variance(calm.rule, float(calm.variances[-1]), HORIZON, calm.kappa).tolist()
        ),
        innovations=tuple(calm.z.tolist()),
    )
