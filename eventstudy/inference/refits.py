"""The estimation window drawn anew from its own fit and fitted again: how far the parameters may be off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch import fit_many, simulate_paths

if TYPE_CHECKING:
    from eventstudy.arrays import Float1D, Float2D
    from eventstudy.garch import GarchFit, GarchFits

REFITS = 199


def refit_bootstrap(
    fitted: GarchFit, generator: np.random.Generator, count: int = REFITS, threads: int | None = None
) -> GarchFits:
    """Draw estimation windows from a fit by its residuals, and fit the model to each in one batch.

    Parameters
    ----------
    fitted : GarchFit
        Fit of L returns with a constant, zero or autoregressive mean.
    generator : Generator
        Source of randomness.
    count : int
        Number of windows.
    threads : int, optional
        As in `eventstudy.garch.fit_many`.

    Returns
    -------
    GarchFits
        One row a window; each ascent starts from the fit's own parameters. A row that was refused or did not
        converge says so in its status: leave it out, and say how many were.

    References
    ----------
    Pascual, Romo and Ruiz (2006): bootstrap prediction for returns and volatilities.
    """
    spec = fitted.spec
    warm = np.tile(fitted.params.to_numpy(), (count, 1))
    return fit_many(
        drawn_windows(fitted, generator, count), spec.mean, spec.variance, spec.dist,
        presample=spec.presample, starts=1, warm=warm, threads=threads,
    )  # fmt: skip


def drawn_windows(fitted: GarchFit, generator: np.random.Generator, count: int) -> Float2D:
    """Draw returns from a fit's standardised residuals.

    Parameters
    ----------
    fitted : GarchFit
        As in `refit_bootstrap`.
    generator : Generator
        Source of randomness.
    count : int
        Number of windows.

    Returns
    -------
    ndarray of shape (count, L)
        Per cent; each starts from the variance that the fit starts from. The residuals are drawn as they
        are: skewed or fat-tailed ones have another mean and variance than the likelihood takes them to have,
        and refits of centred or scaled ones would scatter around another point than the fit.
    """
    z = fitted.standardized_residuals.dropna().to_numpy()
    picks = generator.integers(0, len(z), size=(len(z) + int(fitted.spec.mean == "ar1"), count))
    residuals, _ = simulate_paths(fitted.rule, float(fitted.conditional_variance.iloc[0]), z[picks])
    mu, phi = float(fitted.params.get("mu", 0.0)), float(fitted.params.get("phi", 0.0))
    returns = residuals.copy()
    for t in range(1, len(returns)):
        returns[t] += phi * returns[t - 1]
    return np.ascontiguousarray(returns.T + mu / (1 - phi))


def standardised(fitted: GarchFit) -> Float1D:
    """Return a fit's standardised residuals with mean 0 and variance 1.

    Parameters
    ----------
    fitted : GarchFit
        The fit.

    Returns
    -------
    ndarray of shape (n,)
        Sessions left out of the fit have none.
    """
    z = fitted.standardized_residuals.dropna().to_numpy()
    return np.asarray((z - z.mean()) / z.std())
