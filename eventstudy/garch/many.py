"""Fit one model to many series: the public `fit_many`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, EventStudyError
from eventstudy.garch.batch import estimate_rows, public_rows
from eventstudy.garch.fit import fit
from eventstudy.garch.intake import LEAST_OBSERVATIONS, flaw_of
from eventstudy.garch.paths import probability_of_loss
from eventstudy.garch.restrictions import persistence_weights
from eventstudy.garch.spec import ModelSpec, lower_half_moment
from eventstudy.garch.verdict import REFUSED, active_names, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.garch.batch import BatchEstimate
    from eventstudy.garch.fitted import GarchFit
    from eventstudy.values import Innovation, MeanModel, Presample

_REPORT = ("loglikelihood", "status", "message", "score_norm", "starts_gap", "agreeing_starts", "passes")


@dataclass(frozen=True)
class GarchFits:
    """Many fits of one model.

    Attributes
    ----------
    spec : ModelSpec
        The model.
    params : DataFrame
        One row per series, one column per parameter; NaN for a series that was refused.
    report : DataFrame
        One row per series; columns ``loglikelihood status message score_norm starts_gap agreeing_starts
        passes``. A status as of `GarchFit`, or ``refused`` where the series cannot be fitted at all.
    """

    spec: ModelSpec
    params: pd.DataFrame
    report: pd.DataFrame
    _rows: Float2D = field(repr=False)
    _starts: int = field(repr=False)

    @property
    def loglikelihood(self) -> pd.Series:
        """Log-likelihood of each series.

        Returns
        -------
        Series
            Index of the series; NaN where refused.
        """
        return self.report["loglikelihood"].astype(float)

    @property
    def status(self) -> pd.Series:
        """Status of each series.

        Returns
        -------
        Series
            Index of the series.
        """
        return self.report["status"]

    def __len__(self) -> int:
        return len(self.params)

    def fit_of(self, position: int) -> GarchFit:
        """Fit one of the series again by itself, polished, with everything that `GarchFit` offers.

        Parameters
        ----------
        position : int
            Its row.

        Returns
        -------
        GarchFit
            The fit.
        """
        spec = self.spec
        return fit(
            without_padding(self._rows[position]), spec.mean, spec.variance, spec.dist,
            presample=spec.presample, fixed=dict(spec.fixed), targeting=spec.targeting, starts=self._starts,
        )  # fmt: skip


def fit_many(
    returns: pd.DataFrame | Float2D,
    mean: MeanModel = "constant",
    variance: str = "gjr",
    dist: Innovation = "t",
    *,
    presample: Presample = "mean",
    fixed: Mapping[str, float] | None = None,
    targeting: bool = False,
    starts: int = 5,
    warm: pd.DataFrame | Float2D | None = None,
    threads: int | None = None,
) -> GarchFits:
    """Fit one model to many series.

    Parameters
    ----------
    returns : ndarray or DataFrame of shape (n_series, n_obs)
        Log returns in per cent; shorter series are padded with NaN in front.
    mean, variance, dist, presample, fixed, targeting, starts
        As in `fit`; ascents end where less than 1e-10 of log-likelihood is to be gained, without the last
        polish that a single `fit` gets.
    warm : DataFrame or ndarray of shape (n_series, K), optional
        Parameters of neighbouring fits, such as yesterday's windows, as a further start; NaN for none.
    threads : int, optional
        How many climb at once; by default one per processor. Results do not depend on it.

    Returns
    -------
    GarchFits
        One row per series, index of the DataFrame where there is one. A series that cannot be fitted has
        status ``refused`` and says why; it stops no other.

    Raises
    ------
    BadValue
        For an unknown model or an unusable restriction.

    Examples
    --------
    >>> import numpy as np, eventstudy as es
    >>> rows = np.random.default_rng(3).normal(size=(4, 500))
    >>> es.fit_many(rows, variance="garch", dist="normal", starts=1).params.shape
    (4, 4)
    """
    frame = returns if isinstance(returns, pd.DataFrame) else pd.DataFrame(np.atleast_2d(returns))
    rows = np.ascontiguousarray(frame.to_numpy(dtype=float))
    spec = ModelSpec(mean, variance, dist, presample, fixed=tuple((fixed or {}).items()), targeting=targeting)
    params = np.full((len(rows), len(spec.names)), np.nan)
    neighbours = None if warm is None else _checked_warm(warm, params.shape)
    report = _empty_report(len(rows))
    for members, block in _equal_lengths(rows, report, len(spec.names)):
        if spec.plain:
            _fit_block(spec, block, members, _Effort(starts, neighbours, threads), params, report)
        else:
            _fit_singly(spec, block, members, starts, params, report)
    return GarchFits(
        spec=spec,
        params=pd.DataFrame(params, index=frame.index, columns=list(spec.names)),
        report=pd.DataFrame(report, index=frame.index, columns=list(_REPORT)),
        _rows=rows,
        _starts=starts,
    )


@dataclass(frozen=True, slots=True)
class _Effort:
    starts: int
    warm: Float2D | None
    threads: int | None


def _checked_warm(warm: pd.DataFrame | Float2D, shape: tuple[int, int]) -> Float2D:
    values = np.asarray(warm, dtype=float)
    if values.shape != shape:
        raise BadValue("warm", f"of shape {values.shape}", f"parameters of shape {shape}")
    return values


def _empty_report(count: int) -> dict[str, Any]:
    return {
        "loglikelihood": np.full(count, np.nan),
        "status": np.full(count, REFUSED, dtype=object),
        "message": np.full(count, "", dtype=object),
        "score_norm": np.full(count, np.nan),
        "starts_gap": np.full(count, np.nan),
        "agreeing_starts": np.zeros(count, dtype=np.int64),
        "passes": np.zeros(count, dtype=np.int64),
    }


def without_padding(row: Float1D) -> Float1D:
    """Return a row without its leading NaN.

    Parameters
    ----------
    row : ndarray of shape (n_obs,)
        One series.

    Returns
    -------
    ndarray
        From its first number on.
    """
    numbers = np.flatnonzero(~np.isnan(row))
    return row[numbers[0] :] if len(numbers) else row[:0]


def _equal_lengths(rows: Float2D, report: dict[str, Any], size: int) -> list[tuple[list[int], Float2D]]:
    """Group usable rows by length; write down why the others are not."""
    groups: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        seen = without_padding(row)
        flaw = _flaw(seen, size)
        report["message"][place] = flaw
        if not flaw:
            groups.setdefault(len(seen), []).append(place)
    return [(members, rows[members][:, rows.shape[1] - length :]) for length, members in groups.items()]


def _flaw(seen: Float1D, size: int) -> str:
    least = max(LEAST_OBSERVATIONS, 5 * size)
    if len(seen) < least:
        return f"{len(seen)} observations and {least} are needed"
    bad = np.flatnonzero(~np.isfinite(seen))
    if len(bad):
        return f"return number {bad[0]} is {seen[bad[0]]}"
    flaw = flaw_of(seen)
    return f"returns are {flaw}" if flaw else ""


def _fit_block(
    spec: ModelSpec,
    block: Float2D,
    members: list[int],
    effort: _Effort,
    params: Float2D,
    report: dict[str, Any],
) -> None:
    warm = None if effort.warm is None else effort.warm[members]
    found = estimate_rows(spec, block, effort.starts, effort.threads, warm)
    public = public_rows(spec, found)
    lost = int(spec.mean == "ar1")
    params[members] = public
    report["loglikelihood"][members] = found.heights - (block.shape[1] - lost) * np.log(found.scales)
    report["score_norm"][members] = found.score_norms
    report["starts_gap"][members] = found.starts_gaps
    report["agreeing_starts"][members] = found.agreeing_starts
    report["passes"][members] = found.passes
    persistences = _persistences(spec, found, public)
    for row, place in enumerate(members):
        active = active_names(spec, found.free, found.held[row])
        report["status"][place], report["message"][place] = verdict(
            float(found.score_norms[row]),
            float(persistences[row]),
            active,
            exhausted=bool(found.exhausted[row]),
        )


def _persistences(spec: ModelSpec, found: BatchEstimate, public: Float2D) -> Float1D:
    plain = np.asarray(found.theta @ persistence_weights(spec, found.theta.shape[1]))
    if spec.dist != "skewt" or "gamma" not in spec.names or spec.variance == "egarch":
        return plain
    gamma, nu, skew = (public[:, spec.names.index(name)] for name in ("gamma", "nu", "lambda"))
    share = probability_of_loss if spec.variance == "beta_t" else partial(lower_half_moment, "skewt")
    kappas = [share(*shape) for shape in zip(nu, skew, strict=True)]
    return np.asarray(plain + gamma * (np.array(kappas) - 0.5))


def _fit_singly(
    spec: ModelSpec, block: Float2D, members: list[int], starts: int, params: Float2D, report: dict[str, Any]
) -> None:
    for row, place in zip(block, members, strict=True):
        try:
            one = fit(
                row, spec.mean, spec.variance, spec.dist, presample=spec.presample,
                fixed=dict(spec.fixed), targeting=spec.targeting, starts=starts,
            )  # fmt: skip
        except EventStudyError as error:
            report["message"][place] = str(error)
            continue
        params[place] = one.params
        for name in _REPORT:
            report[name][place] = getattr(one, name)
