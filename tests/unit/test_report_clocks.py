"""One currency by several clocks: what agrees, what does not, what cannot be said."""

import dataclasses

import numpy as np
import pandas as pd

from eventstudy.report.cells import Reading
from eventstudy.report.clocks import CLOCK_COLUMNS, by_clock, clocks_table
from eventstudy.results import RESULT_COLUMNS
from tests.report_fixtures import make_events, make_result, row

READING = Reading(0.05, ("fhs",))


def study_of(estimates):
    """Return a study with these (event, series): (AR, CAR); NaN stands for a number that is not defined."""
    rows = []
    for (event, series), (ar, car) in estimates.items():
        rows.append(row(event, series, (0, 0), "AR", "fhs", estimate=ar, p_value=0.02))
        rows.append(row(event, series, (0, 4), "CAR", "fhs", estimate=car, p_value=0.4))
    table = pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
    return dataclasses.replace(make_result(make_events()), table=table)


def verdicts(sides):
    return {
        (side.event, side.series): (side.ar_agrees, side.car_agrees) for side in sides.itertuples(index=False)
    }


def test_a_sign_that_depends_on_the_clock_is_told_for_every_clock_of_the_instrument():
    sides = by_clock(
        study_of({
            ("X01", "usdjpy"): (-1.2, 0.4),
            ("X01", "usdjpy_tokyo_1700"): (0.3, 0.9),
            ("X01", "usdjpy_london_day"): (-0.8, 0.1),
            ("X01", "nikkei225"): (-2.0, -3.0),
        })
    )  # fmt: skip
    assert list(sides.columns) == list(CLOCK_COLUMNS)
    assert verdicts(sides) == {
        ("X01", "usdjpy"): (False, True),
        ("X01", "usdjpy_tokyo_1700"): (False, True),
        ("X01", "usdjpy_london_day"): (False, True),
    }
    assert sides["instrument"].tolist() == ["usdjpy"] * 3
    assert sides["clock"].tolist() == ["new_york_1700", "tokyo_1700", "london_midnight"]
    assert sides["ar_p"].tolist() == [0.02] * 3


def test_events_are_judged_one_by_one():
    sides = by_clock(
        study_of({
            ("X01", "usdjpy"): (1.0, 1.0),
            ("X01", "usdjpy_tokyo_1700"): (0.5, -1.0),
            ("X02", "usdjpy"): (-1.0, 1.0),
            ("X02", "usdjpy_tokyo_1700"): (-0.5, 1.0),
        })
    )  # fmt: skip
    assert verdicts(sides)["X01", "usdjpy"] == (True, False)
    assert verdicts(sides)["X02", "usdjpy"] == (True, True)


def test_nothing_is_said_of_a_number_that_one_clock_lacks():
    sides = by_clock(study_of({("X01", "usdjpy"): (1.0, np.nan), ("X01", "usdjpy_tokyo_1700"): (0.5, 1.0)}))
    assert verdicts(sides)["X01", "usdjpy"] == (True, None)


def test_an_instrument_by_one_clock_is_not_listed_and_has_no_table():
    alone = study_of({("X01", "usdjpy_tokyo_1700"): (1.0, 1.0), ("X01", "topix"): (1.0, 1.0)})
    assert by_clock(alone).empty
    assert clocks_table(alone, READING) is None


def test_the_table_of_the_report_tints_what_depends_on_the_clock():
    table = clocks_table(
        study_of({("X01", "usdjpy"): (-1.2, 0.4), ("X01", "usdjpy_tokyo_1700"): (0.3, 0.9)}), READING
    )
    assert [cell.text for cell in table.rows[0]][3::2] == ["sign depends on the clock", "sign agrees"]
    assert [cell.tone for cell in table.rows[0]][3::2] == ["miss", ""]
    assert table.rows[1][1].notes == ("Tokyo 17:00, Thu 2025-04-03",)
