"""Many fits, frozen: recursions to forecast with, standardised residuals, and variances of later sessions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.garch.recursion import (
    VarianceRule,
    filter_variance,
    guarded,
    matched_to_draws,
    next_variance,
    persistence,
)
from eventstudy.garch.spec import absolute_moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.arrays import Bool1D, Float1D, Float2D
    from eventstudy.garch.many import GarchFits


@dataclass(frozen=True)
class Frozen:
    """N fitted windows of L returns, and K sessions behind each.

    Attributes
    ----------
    rules : tuple of VarianceRule
        Recursions to forecast with, guarded where nearly integrated; of the usable rows only.
    kappas : ndarray of shape (n,)
        Share of the news that each row's standardised residuals below 0 bring.
    mu, phi : ndarray of shape (n,)
        Intercept in per cent and autoregressive coefficient of the mean; 0 where the model has none.
    z : ndarray of shape (n, L) or (n, L - 1)
        Standardised residuals with mean 0 and variance 1; an autoregressive mean costs one.
    inside : ndarray of the shape of z
        Conditional variances inside the window, per cent squared per session.
    later : ndarray of shape (n, K + 1)
        One-step variance forecasts of the K sessions behind the window, and of the one after.
    usable : ndarray of bool of shape (N,)
        False for rows that were refused, did not converge or left the floating-point numbers behind the
        window; those have no place in the other arrays.
    """

    rules: tuple[VarianceRule, ...]
    kappas: Float1D
    mu: Float1D
    phi: Float1D
    z: Float2D
    inside: Float2D
    later: Float2D
    usable: Bool1D

    @cached_property
    def omegas(self) -> Float1D:
        """Constants of the recursions, shape (n,)."""
        return np.array([rule.omega for rule in self.rules])

    @cached_property
    def persistences(self) -> Float1D:
        """How much of a variance shock survives one session of drawn residuals, shape (n,)."""
        return np.array([persistence(*pair) for pair in zip(self.rules, self.kappas.tolist(), strict=True)])

    def only(self, rows: Bool1D) -> Frozen:
        """Return some of the rows, the others no longer being usable.

        Parameters
        ----------
        rows : ndarray of bool of shape (n,)
            Which to keep.

        Returns
        -------
        Frozen
            Fewer rows.
        """
        usable = self.usable.copy()
        usable[usable] = rows
        rules = tuple(rule for rule, kept in zip(self.rules, rows.tolist(), strict=True) if kept)
        names = ("kappas", "mu", "phi", "z", "inside", "later")
        return Frozen(rules=rules, usable=usable, **{name: getattr(self, name)[rows] for name in names})


def freeze(fits: GarchFits, windows: Float2D, behind: Float2D) -> Frozen:
    """Freeze the parameters of many fits and filter them onward.

    Parameters
    ----------
    fits : GarchFits
        N fits; constant, zero or autoregressive mean.
    windows : ndarray of shape (N, L)
        The returns that were fitted, per cent.
    behind : ndarray of shape (N, K)
        Returns of the sessions after each window; NaN marks a session without one, which enters the
        recursion with its expected square.

    Returns
    -------
    Frozen
        Rows that were refused or did not converge are left out and named by `usable`.
    """
    usable = ~fits.status.isin(["refused", "not_converged"]).to_numpy()
    params = {str(name): column.to_numpy()[usable] for name, column in fits.params.items()}
    count = int(usable.sum())
    zeros = np.zeros(count)
    mu, phi = params.get("mu", zeros), params.get("phi", zeros)
    fitted_windows = windows[usable]
    spreads = fitted_windows.var(axis=1, ddof=1)
    both = np.concatenate([fitted_windows, behind[usable]], axis=1)
    residuals = _residuals(both, mu[:, None], phi[:, None])
    lost = int(fits.spec.mean == "ar1")
    length = windows.shape[1]
    rules, kappas = [], np.empty(count)
    z, inside = np.empty((count, length - lost)), np.empty((count, length - lost))
    later = np.empty((count, behind.shape[1] + 1))
    for i in range(count):
        fitted = _rule(fits, {name: float(column[i]) for name, column in params.items()})
        seen = residuals[i, lost:length]
        start = next_variance(fitted, np.array(math.nan), np.array(float(np.mean(seen**2))))
        variances = filter_variance(fitted, seen, float(start))
        inside[i] = variances[:-1]
        standard = seen / np.sqrt(inside[i])
        z[i] = (standard - standard.mean()) / standard.std()
        matched, kappas[i] = matched_to_draws(fitted, z[i])
        rule, _ = guarded(matched, float(spreads[i]), float(kappas[i]))
        rules.append(rule)
        first = next_variance(rule, np.array(seen[-1]), np.array(inside[i, -1]))
        later[i] = filter_variance(rule, residuals[i, length:], float(first))
    found = Frozen(tuple(rules), kappas, mu, phi, z, inside, later, usable)
    numbers = np.concatenate([later, z**2], axis=1)
    sound = np.asarray((np.isfinite(numbers)).all(axis=1) & (later > 0).all(axis=1))
    return found if sound.all() else found.only(sound)


def _residuals(returns: Float2D, mu: Float2D, phi: Float2D) -> Float2D:
    """Return one-step residuals; an unobserved yesterday counts as the mean."""
    yesterday = np.concatenate([np.full((len(returns), 1), np.nan), returns[:, :-1]], axis=1)
    level = mu / (1 - phi)
    return np.asarray(returns - mu - phi * np.where(np.isfinite(yesterday), yesterday, level))


def _rule(fits: GarchFits, params: Mapping[str, float]) -> VarianceRule:
    spec = fits.spec
    numbers = {name: params[name] for name in ("omega", "alpha", "gamma", "beta") if name in params}
    nu, skew = params.get("nu", math.inf), params.get("lambda", 0.0)
    moment = absolute_moment(spec.dist, nu)
    return VarianceRule(spec.variance, **numbers, abs_moment=moment, nu=nu, skew=skew, dist=spec.dist)
