"""The Nikkei's session of 7 April 2025 by every range estimator, digit by digit."""

import math

import numpy as np
import pytest

from eventstudy import ranges

# Standard deviations printed with four decimals, in per cent.
PRINTED = 5e-5
SESSION = ranges.moves(
    open_=np.array([33154.97]),
    high=np.array([33158.87]),
    low=np.array([30792.74]),
    close=np.array([31136.58]),
    previous_close=np.array([33780.58]),
)
ANSWERS = {
    ranges.parkinson: (4.4460, 4.8230),
    ranges.garman_klass: (3.4877, 3.9571),
    ranges.garman_klass_full: (3.4659, 3.9379),
    ranges.rogers_satchell: (2.8778, 3.4316),
}


def test_the_gap_and_the_session_are_the_printed_moves():
    assert SESSION.gap[0] == pytest.approx(-1.8693, abs=PRINTED)
    assert SESSION.change[0] == pytest.approx(-6.2809, abs=PRINTED)
    assert SESSION.gap[0] + SESSION.change[0] == pytest.approx(-8.1503, abs=PRINTED)


@pytest.mark.parametrize("estimator", ANSWERS, ids=lambda one: one.__name__)
def test_every_estimator_gives_the_printed_deviation_with_and_without_the_gap(estimator):
    alone, whole = ANSWERS[estimator]
    variance = estimator(SESSION)
    assert math.sqrt(variance[0]) == pytest.approx(alone, abs=PRINTED)
    assert math.sqrt(ranges.with_overnight(variance, SESSION)[0]) == pytest.approx(whole, abs=PRINTED)
