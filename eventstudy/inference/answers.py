"""From the chosen episodes to the tests that answer a question about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.block_correlation import calendar_correlation, cell_tests
from eventstudy.inference.composite import composite, episode_tests, shared_mean_error
from eventstudy.inference.grank_events import rank_tests
from eventstudy.inference.outcome import Outcome, too_few
from eventstudy.inference.resampling import draw_null
from eventstudy.inference.savickas import savickas_test
from eventstudy.inference.volatility_effect import Windows, volatility_tests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from eventstudy.arrays import Float1D, Float2D, Float3D
    from eventstudy.inference.episodes import Unit
    from eventstudy.values import Design, Window


def series_returns(
    units: Sequence[Unit], window: Window, design: Design, rng: np.random.Generator
) -> Outcome:
    """Test the mean effect of E episodes on one series.

    Parameters
    ----------
    units : sequence of Unit
        Episodes whose windows do not overlap.
    window : (int, int)
        Relative sessions.
    design : Design
        Level and power.
    rng : Generator
        For random sign flips.

    Returns
    -------
    Outcome
        ``episode_t``, ``sign_flip``, ``grank_t``, ``grank_z`` and, on day 0, ``savickas``.
    """
    reason = too_few(len(units))
    if reason:
        return Outcome(refusals=(reason,))
    scar = _scar(units, window)
    found = episode_tests(scar, design, rng, shared_mean_error(_mean_shares(units, window), overlap(units)))
    found += rank_tests(scar[:, None], [one.sign * one.cell.z[None] for one in units], design)
    return found + _savickas(units, design) if window == (0, 0) else found


def _scar(units: Sequence[Unit], window: Window) -> Float1D:
    return np.array([one.sign * one.cell.scar(window) for one in units])


def _mean_shares(units: Sequence[Unit], window: Window) -> Float1D:
    return np.array([one.sign * one.cell.mean_share(window) for one in units])


def _savickas(units: Sequence[Unit], design: Design) -> Outcome:
    at = [one.cell.to_day0 - 1 for one in units]
    effects = np.array([one.sign * one.cell.abnormal[k] for one, k in zip(units, at, strict=True)])
    variances = np.array([one.cell.variance[k] for one, k in zip(units, at, strict=True)])
    day0 = [one.cell.sessions[k].to_datetime64() for one, k in zip(units, at, strict=True)]
    return savickas_test(effects, variances, day0, design)


def overlap(units: Sequence[Unit]) -> Float2D:
    """Return how much of their estimation windows episodes share.

    Parameters
    ----------
    units : sequence of Unit
        E episodes of one series.

    Returns
    -------
    ndarray of shape (E, E)
        Shared sessions over the geometric mean of the windows' lengths: the correlation of their means.
    """
    days = [one.cell.residual_days for one in units]
    shared = np.array([[len(mine.intersection(theirs)) for theirs in days] for mine in days], dtype=float)
    lengths = np.sqrt([len(one) for one in days])
    return np.asarray(shared / np.outer(lengths, lengths))


def composite_returns(
    members: Sequence[Sequence[Unit]], window: Window, design: Design, rng: np.random.Generator
) -> Outcome:
    """Test the mean effect of E episodes on several series weighed equally.

    Parameters
    ----------
    members : sequence of S sequences of Unit
        The same E episodes on each series, one clock.
    window : (int, int)
        Relative sessions.
    design : Design
        Level and power.
    rng : Generator
        For random sign flips.

    Returns
    -------
    Outcome
        ``episode_t`` and ``sign_flip`` of the composite; ``kp_block_events`` and ``kp_block_cells`` of all
        E x S cells; ``grank_t`` on residual dates that the series share.
    """
    reason = too_few(len(members[0]))
    if reason:
        return Outcome(refusals=(reason,))
    scar = np.column_stack([_scar(units, window) for units in members])
    # one error of the mean for all: an upper bound, reached by series that move as one
    errors = np.mean([_mean_shares(units, window) for units in members], axis=0)
    shared = shared_mean_error(errors, overlap(members[0]))
    found = episode_tests(composite(scar, np.ones(len(members))), design, rng, shared)
    episodes = list(zip(*members, strict=True))
    correlation = [
        calendar_correlation([one.cell.z for one in episode], [_dates(one) for one in episode])
        for episode in episodes
    ]
    if not np.isfinite(correlation).all():
        return found + Outcome(
            refusals=("the series' estimation windows share too few sessions to correlate",)
        )
    found += cell_tests(scar, np.array(correlation), design)
    return found + rank_tests(scar, [_together(episode) for episode in episodes], design)


def _dates(unit: Unit) -> NDArray[np.datetime64]:
    return np.asarray(unit.cell.residual_days.to_numpy())


def _together(episode: Sequence[Unit]) -> Float2D:
    """Return the signed residuals of one episode's series on the dates that all of them share."""
    columns = [pd.Series(one.sign * one.cell.z, index=one.cell.residual_days) for one in episode]
    return np.asarray(pd.concat(columns, axis=1, join="inner").to_numpy().T)


def series_volatility(
    units: Sequence[Unit],
    window: Window,
    placebos: Windows | None,
    design: Design,
    rng: np.random.Generator,
) -> Outcome:
    """Test whether E episodes raise the volatility of one series.

    Parameters
    ----------
    units : sequence of Unit
        Episodes whose windows do not overlap.
    window : (int, int)
        Relative sessions.
    placebos : Windows or None
        Non-event windows of the series.
    design : Design
        Level, power and replications.
    rng : Generator
        For the draws.

    Returns
    -------
    Outcome
        ``bgw_bootstrap``, ``bgw_fhs`` and ``bgw_chi2``.
    """
    reason = too_few(len(units))
    if reason:
        return Outcome(refusals=(reason,))
    spans = [one.cell.steps(window) for one in units]
    pairs = list(zip(units, spans, strict=True))
    events = Windows(
        np.array([one.cell.abnormal[span] for one, span in pairs]),
        np.array([one.cell.variance[span] for one, span in pairs]),
    )
    day0 = [one.cell.sessions[span][0].to_datetime64() for one, span in pairs]
    drawn = np.array([_drawn(one, span, design, rng) for one, span in pairs])
    return volatility_tests(events, day0, design, rng, placebos=placebos, drawn=drawn)


def _drawn(unit: Unit, span: slice, design: Design, rng: np.random.Generator) -> Float3D:
    """Simulate one episode without its event; episodes far apart draw independently."""
    cell = unit.cell
    picks = rng.integers(0, len(cell.z), size=(span.stop, design.replications))
    return draw_null(cell.rule, float(cell.shocks[0]), cell.z, cell.phi, picks).abnormal[span]
