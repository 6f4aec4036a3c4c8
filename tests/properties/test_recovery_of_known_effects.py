"""Injected effects come back without bias and null events are rejected at the nominal rate.

Seeded worlds; every bound is a Monte-Carlo band computed from the same worlds.
"""

import numpy as np
import pandas as pd
import pytest

from benchmarks.recovery import bias, run_worlds, size

# 12 cells at 3.3 standard errors: one false alarm in a hundred suites of fresh seeds
BIAS_BAND = 3.3
# binomial standard error of the rejection rate with one effective series per world, three of them
SIZE_BAND = 3.0


def check_bias(rows: pd.DataFrame) -> None:
    table = bias(rows)
    assert (table["bias"].abs() < BIAS_BAND * table["mc_error"]).all(), table


def check_size(rows: pd.DataFrame, worlds: int) -> None:
    table = size(rows).reset_index()
    conditional = table[table["method"].isin(["fhs", "garch_z"])]
    band = SIZE_BAND * np.sqrt(0.05 * 0.95 / worlds)
    assert ((conditional["rejected"] - 0.05).abs() < band).all(), table


def test_thirty_worlds_recover_the_injected_effects():
    rows = run_worlds(30, first_seed=5000)
    check_bias(rows)
    check_size(rows, 30)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_hundred_worlds_recover_the_injected_effects():
    rows = run_worlds(200, first_seed=7000, workers=2)
    check_bias(rows)
    check_size(rows, 200)
