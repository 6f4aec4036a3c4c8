"""Event samples made by plain numpy, independent of the code that the service makes them with."""

import numpy as np

from eventstudy.inference.panel.sample import EventSample


def market_model(returns, market, rows, *, estimation, gap, days):
    """Least squares on a constant and the market, one event at a time.

    `returns` (T, firms) and `market` (T,); `rows` holds (firm, row of day 0) of each event; `days` the first
    and last relative day. The estimation window of `estimation` rows ends `gap` rows before the event days.
    """
    made = [_regressed(returns[:, firm], market, row, estimation, gap, days) for firm, row in rows]
    return _stacked(made, days, [firm for firm, _ in rows], 2, estimation)


def _regressed(own, market, row, estimation, gap, days):
    event = np.arange(row + days[0], row + days[1] + 1)
    before = np.arange(event[0] - gap - estimation, event[0] - gap)
    x, future = (np.column_stack([np.ones(len(rows)), market[rows]]) for rows in (before, event))
    beta = np.linalg.lstsq(x, own[before], rcond=None)[0]
    inverse = np.linalg.inv(x.T @ x)
    residuals = own[before] - x @ beta
    return {
        "residuals": residuals,
        "residual_days": before,
        "leverage": np.array([one @ inverse @ one for one in x]),
        "abnormal": own[event] - future @ beta,
        "event_days": event,
        "sigma": np.sqrt(residuals @ residuals / (estimation - 2)),
        "forecast": np.eye(len(event)) + future @ inverse @ future.T,
    }


def _stacked(made, days, firm, k, estimation):
    return EventSample(
        **{name: np.stack([one[name] for one in made]) for name in made[0]},
        first=days[0],
        observed=np.full(len(made), estimation),
        coefficients=np.full(len(made), k),
        firm=np.array(firm),
    )


def mean_adjusted(returns, *, estimation, first=0, dates=None, firm=None):
    """Constant-mean events: `returns` (N, L + W), the first L before the event, NaN where one is missing.

    `dates` is the calendar position of each event's first event day (0, 1000, 2000... by default, so that no
    two events meet); the estimation window lies just before it.
    """
    returns = np.asarray(returns, dtype=float)
    n, w = len(returns), returns.shape[1] - estimation
    dates = 1000 * np.arange(1, n + 1) if dates is None else np.asarray(dates)
    before, after = returns[:, :estimation], returns[:, estimation:]
    observed = np.isfinite(before).sum(axis=1)
    residuals = before - np.nanmean(before, axis=1, keepdims=True)
    gone = np.isnan(after)
    lost = gone[:, :, None] | gone[:, None, :]
    return EventSample(
        residuals=residuals,
        residual_days=dates[:, None] + np.arange(-estimation, 0),
        leverage=np.where(np.isfinite(before), 1 / observed[:, None], np.nan),
        abnormal=after - np.nanmean(before, axis=1, keepdims=True),
        event_days=dates[:, None] + np.arange(w),
        first=first,
        sigma=np.sqrt(np.nansum(residuals**2, axis=1) / (observed - 1)),
        forecast=np.where(lost, np.nan, np.eye(w) + 1 / observed[:, None, None]),
        observed=observed,
        coefficients=np.ones(n, dtype=int),
        firm=np.arange(n) if firm is None else np.asarray(firm),
    )


def known_mean(residuals, abnormal, *, first=0, dates=None, firm=None, sigma=None):
    """Events whose expected return is known: no coefficient, no forecast error; sigma from the residuals."""
    residuals, abnormal = np.asarray(residuals, dtype=float), np.asarray(abnormal, dtype=float)
    n, w = abnormal.shape
    length = residuals.shape[1]
    dates = 1000 * np.arange(1, n + 1) if dates is None else np.asarray(dates)
    observed = np.isfinite(residuals).sum(axis=1)
    own = np.sqrt(np.nansum(residuals**2, axis=1) / observed)
    return EventSample(
        residuals=residuals,
        residual_days=dates[:, None] + np.arange(-length, 0),
        leverage=np.where(np.isfinite(residuals), 0.0, np.nan),
        abnormal=abnormal,
        event_days=dates[:, None] + np.arange(w),
        first=first,
        sigma=own if sigma is None else np.asarray(sigma, dtype=float),
        forecast=np.broadcast_to(np.eye(w), (n, w, w)).copy(),
        observed=observed,
        coefficients=np.zeros(n, dtype=int),
        firm=np.arange(n) if firm is None else np.asarray(firm),
    )
