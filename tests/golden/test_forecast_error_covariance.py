"""CAR t of the golden panel's six firms, with the full covariance of the days and with the usual mistake."""

import math

import numpy as np
import pytest

from eventstudy.inference import parametric as par
from tests.panel_golden import ESTIMATION, golden_returns

PRINTED = 5e-7  # six decimals
WITH_COVARIANCE = [-1.749274, -1.165994, 0.837792, -2.302686, -0.874728, -0.189365]
NAIVE = [-1.786633, -1.190896, 0.855685, -2.351863, -0.893409, -0.193410]


def firm(number):
    """Regressors of both windows, CAR and residual variance on L - 2 degrees of freedom."""
    market, firms = golden_returns()
    x = np.column_stack([np.ones(len(market)), market])
    estimation, event = x[:ESTIMATION], x[ESTIMATION:]
    coefficients = np.linalg.lstsq(estimation, firms[:ESTIMATION, number], rcond=None)[0]
    residuals = firms[:, number] - x @ coefficients
    s2 = float(residuals[:ESTIMATION] @ residuals[:ESTIMATION]) / (ESTIMATION - 2)
    return estimation, event, float(residuals[ESTIMATION:].sum()), s2


@pytest.mark.parametrize("number", range(6))
def test_a_car_over_the_root_of_the_whole_covariance_is_the_printed_t(number):
    estimation, event, car, s2 = firm(number)
    covariance = par.forecast_error_covariance(estimation, event, s2)
    assert car / math.sqrt(covariance.sum()) == pytest.approx(WITH_COVARIANCE[number], abs=PRINTED)


@pytest.mark.parametrize("number", range(6))
def test_without_the_forecast_error_it_would_be_the_printed_naive_t(number):
    _, event, car, s2 = firm(number)
    assert car / math.sqrt(s2 * len(event)) == pytest.approx(NAIVE[number], abs=PRINTED)
