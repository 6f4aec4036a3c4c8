"""The frozen row that every test of the inference layer gives back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its uncertainty by one method.

    Attributes
    ----------
    statistic, method : str
        What was measured and how its p-value came about; both short names without spaces.
    estimate, se, lower, upper : float
        Per cent for returns; ratio (AV) or excess (CAV) for volatility. NaN where the method does not
        define it.
    p_value : float
        Two-sided for returns, upper-tailed for volatility.
    n : int
        Observations the null distribution rests on: the estimation window's, the placebos' or the episodes'.
    floor : float
        Smallest p-value the method can give; 0 for closed forms.
    mde : float
        Minimum detectable effect at the design's level and power, in the unit of the estimate.
    null_distribution : str
        Where the p-value comes from.
    """

    statistic: str
    method: str
    estimate: float
    se: float
    lower: float
    upper: float
    p_value: float
    n: int
    floor: float
    mde: float
    null_distribution: str
