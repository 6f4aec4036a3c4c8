"""Fit one model to many series: the public `fit_many`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import BadValue, EventStudyError, UnsupportedModel
from eventstudy.garch.batch import estimate_rows, public_rows
from eventstudy.garch.fit import fit
from eventstudy.garch.intake import LEAST_OBSERVATIONS, flaw_of
from eventstudy.garch.paths import probability_of_loss
from eventstudy.garch.restrictions import persistence_weights
from eventstudy.garch.spec import ModelSpec, lower_half_moment
from eventstudy.garch.verdict import REFUSED, active_names, reason, statuses

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventstudy.arrays import Float1D, Float2D, Int1D
    from eventstudy.garch.batch import BatchEstimate
    from eventstudy.garch.fitted import GarchFit
    from eventstudy.values import Innovation, MeanModel, Presample

_ROWS_AT_ONCE = 4_096
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
    loglikelihood : Series
        One value per series; NaN where refused.
    status : Series
        One status per series as of `GarchFit`, or ``refused`` where the series cannot be fitted at all.
    """

    spec: ModelSpec
    params: pd.DataFrame
    loglikelihood: pd.Series
    status: pd.Series
    _ledger: _Ledger = field(repr=False)
    _rows: Float2D = field(repr=False)
    _starts: int = field(repr=False)

    @cached_property
    def report(self) -> pd.DataFrame:
        """How each fit ended.

        Returns
        -------
        DataFrame
            One row per series; columns ``loglikelihood status message score_norm starts_gap
            agreeing_starts passes``, with their meaning in `GarchFit`.
        """
        columns = {**self._ledger.columns, "message": self._ledger.messages(self.spec)}
        return pd.DataFrame(columns, index=self.params.index, columns=list(_REPORT))

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


def warm_up() -> None:
    """Compile the engine now, so that nobody waits for it later; where that was done before, load it."""
    rows = np.random.default_rng(0).standard_t(5, size=(2, LEAST_OBSERVATIONS + 20))
    fit_many(rows, dist="normal", starts=1, threads=1)
    fit_many(rows, dist="t", starts=1, threads=1)
    fit_many(rows, mean="ar1", variance="egarch", starts=1, threads=1)
    fitted = fit(rows[0], starts=1)
    fitted.std_errors()
    fitted.simulate(2, 2)


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
    UnsupportedModel
        For ``variance="realized"``.

    Examples
    --------
    >>> import numpy as np, eventstudy as es
    >>> rows = np.random.default_rng(3).normal(size=(4, 500))
    >>> es.fit_many(rows, variance="garch", dist="normal", starts=1).params.shape
    (4, 4)
    """
    rows = np.ascontiguousarray(np.atleast_2d(np.asarray(returns, dtype=float)))
    index = returns.index if isinstance(returns, pd.DataFrame) else pd.RangeIndex(len(rows))
    if variance == "realized":
        raise UnsupportedModel("fit_many of variance='realized'", "fit each series with es.fit(realized=...)")
    spec = ModelSpec(mean, variance, dist, presample, fixed=tuple((fixed or {}).items()), targeting=targeting)
    params = np.full((len(rows), len(spec.names)), np.nan)
    effort = _Effort(starts, None if warm is None else _checked_warm(warm, params.shape), threads)
    ledger = _Ledger(len(rows))
    for members, block in _equal_lengths(rows, ledger, len(spec.names)):
        if spec.plain:
            _fit_block(spec, block, members, effort, params, ledger)
        else:
            _fit_singly(spec, block, members, starts, params, ledger)
    return GarchFits(
        spec=spec,
        params=pd.DataFrame(params, index=index, columns=list(spec.names)),
        loglikelihood=pd.Series(ledger.columns["loglikelihood"], index=index, name="loglikelihood"),
        status=pd.Series(ledger.columns["status"], index=index, name="status", dtype="str"),
        _ledger=ledger,
        _rows=rows,
        _starts=starts,
    )


@dataclass(frozen=True, slots=True)
class _Effort:
    starts: int
    warm: Float2D | None
    threads: int | None


class _Ledger:
    """Outcomes by series; sentences are made when somebody asks for them."""

    def __init__(self, count: int) -> None:
        self.columns: dict[str, Any] = {
            "loglikelihood": np.full(count, np.nan),
            "status": np.full(count, REFUSED, dtype=object),
            "score_norm": np.full(count, np.nan),
            "starts_gap": np.full(count, np.nan),
            "agreeing_starts": np.zeros(count, dtype=np.int64),
            "passes": np.zeros(count, dtype=np.int64),
        }
        self.told: dict[int, str] = {}
        self.blocks: list[tuple[Int1D, BatchEstimate, Float1D]] = []

    def messages(self, spec: ModelSpec) -> list[str]:
        told = dict(self.told)
        for members, found, persistences in self.blocks:
            for row, place in enumerate(members.tolist()):
                told[place] = reason(
                    self.columns["status"][place], float(found.score_norms[row]), float(persistences[row]),
                    active_names(spec, found.free, found.held[row]), exhausted=bool(found.exhausted[row]),
                )  # fmt: skip
        return [told[place] for place in range(len(self.columns["status"]))]


def _checked_warm(warm: pd.DataFrame | Float2D, shape: tuple[int, int]) -> Float2D:
    values = np.asarray(warm, dtype=float)
    if values.shape != shape:
        raise BadValue("warm", f"of shape {values.shape}", f"parameters of shape {shape}")
    return values


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


def _equal_lengths(rows: Float2D, ledger: _Ledger, size: int) -> Iterator[tuple[Int1D, Float2D]]:
    """Yield usable rows of one length, some thousands at a time; write down why the others are not."""
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        block = rows[first : first + _ROWS_AT_ONCE]
        everyone = np.arange(first, first + len(block))
        if _plainly_usable(block, size):
            yield everyone, block
            continue
        lengths = np.array(
            [
                _usable_length(row, place, ledger, size)
                for row, place in zip(block, everyone.tolist(), strict=True)
            ]
        )
        for length in np.unique(lengths[lengths > 0]):
            chosen = lengths == length
            yield everyone[chosen], block[chosen, block.shape[1] - length :]


def _plainly_usable(rows: Float2D, size: int) -> bool:
    """Return whether a quick look finds nothing wrong with any row."""
    lowest, highest = rows.min(axis=1), rows.max(axis=1)
    largest = np.maximum(np.abs(lowest), np.abs(highest))
    varied = (highest - lowest > 1e-9 * largest) & (largest < 1e99) & (largest > 1e-99)
    return rows.shape[1] >= _least(size) and bool(varied.all())


def _usable_length(row: Float1D, place: int, ledger: _Ledger, size: int) -> int:
    seen = without_padding(row)
    flaw = _flaw(seen, size)
    ledger.told[place] = flaw
    return 0 if flaw else len(seen)


def _least(size: int) -> int:
    return max(LEAST_OBSERVATIONS, 5 * size)


def _flaw(seen: Float1D, size: int) -> str:
    if len(seen) < _least(size):
        return f"{len(seen)} observations and {_least(size)} are needed"
    bad = np.flatnonzero(~np.isfinite(seen))
    if len(bad):
        return f"return number {bad[0]} is {seen[bad[0]]}"
    flaw = flaw_of(seen)
    return f"returns are {flaw}" if flaw else ""


def _fit_block(
    spec: ModelSpec, block: Float2D, members: Int1D, effort: _Effort, params: Float2D, ledger: _Ledger
) -> None:
    warm = None if effort.warm is None else effort.warm[members]
    found = estimate_rows(spec, block, effort.starts, effort.threads, warm)
    public = public_rows(spec, found)
    persistences = _persistences(spec, found, public)
    used = block.shape[1] - int(spec.mean == "ar1")
    params[members] = public
    columns = {
        "loglikelihood": found.heights - used * np.log(found.scales),
        "status": statuses(found.score_norms, persistences, np.asarray(found.held.any(axis=1))),
        "score_norm": found.score_norms,
        "starts_gap": found.starts_gaps,
        "agreeing_starts": found.agreeing_starts,
        "passes": found.passes,
    }
    for name, values in columns.items():
        ledger.columns[name][members] = values
    ledger.blocks.append((members, found, persistences))


def _persistences(spec: ModelSpec, found: BatchEstimate, public: Float2D) -> Float1D:
    plain = np.asarray(found.theta @ persistence_weights(spec, found.theta.shape[1]))
    if spec.dist != "skewt" or "gamma" not in spec.names or spec.variance == "egarch":
        return plain
    gamma, nu, skew = (public[:, spec.names.index(name)] for name in ("gamma", "nu", "lambda"))
    share = probability_of_loss if spec.variance == "beta_t" else partial(lower_half_moment, "skewt")
    kappas = [share(*shape) for shape in zip(nu, skew, strict=True)]
    return np.asarray(plain + gamma * (np.array(kappas) - 0.5))


def _fit_singly(
    spec: ModelSpec, block: Float2D, members: Int1D, starts: int, params: Float2D, ledger: _Ledger
) -> None:
    for row, place in zip(block, members.tolist(), strict=True):
        try:
            one = fit(
                row, spec.mean, spec.variance, spec.dist, presample=spec.presample,
                fixed=dict(spec.fixed), targeting=spec.targeting, starts=starts,
            )  # fmt: skip
        except EventStudyError as error:
            ledger.told[place] = str(error)
            continue
        params[place] = one.params
        ledger.told[place] = one.message
        for name in ledger.columns:
            ledger.columns[name][place] = getattr(one, name)
