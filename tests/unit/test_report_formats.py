"""Numbers, p-values, dates and names as text."""

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from eventstudy.report import formats

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "written"),
    [
        (1234.5, 2, False, "1,234.50"),
        (-0.126, 2, False, f"{MINUS}0.13"),
        (0.126, 2, True, "+0.13"),
        (-0.004, 2, False, "0.00"),
        (0.0, 2, True, "0.00"),
        (500, 0, False, "500"),
        (-1, 0, False, f"{MINUS}1"),
        (100, 0, False, "100"),
        (float("inf"), 2, False, "∞"),
        (float("-inf"), 2, False, f"{MINUS}∞"),
        (float("nan"), 2, False, DASH),
        (None, 2, True, DASH),
    ],
)
def test_numbers_have_fixed_decimals_a_true_minus_and_no_sign_at_zero(value, decimals, signed, written):
    assert formats.number(value, decimals, signed=signed) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (41.23456, "41.23"),
        (0.0012345, "0.001234"),
        (123456.7, "123,457"),
        (21.0, "21"),
        (0.0, "0"),
        (None, DASH),
    ],
)
def test_numbers_of_unknown_size_keep_four_significant_digits(value, written):
    assert formats.significant(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3.14e-13, "3e-13"),
        (9.99e-4, "1e-03"),
        (0.001, "0.0010"),
        (0.0042, "0.0042"),
        (2.42, "2.4"),
        (0.0, "0"),
        (float("inf"), "∞"),
        (float("nan"), DASH),
        (None, DASH),
    ],
)
def test_what_should_be_nothing_tells_its_order_of_size(value, written):
    assert formats.remainder(value) == written


@pytest.mark.parametrize(
    ("statistic", "value", "written"),
    [
        ("AR", -4.314, f"{MINUS}4.31%"),
        ("CAR", 2.0, "+2.00%"),
        ("AV", 3.2, "3.20×"),
        ("AV", 8020.43, "8,020×"),
        ("CAV", 5.1, "+5.10"),
        ("CAV", -0.5, f"{MINUS}0.50"),
        ("RAV", 2.314, "2.31×"),
        ("MIN_CAR", -14.06, f"{MINUS}14.06%"),
        ("MAX", 8.25, "8.25%"),
        ("SCAR", -1.607, f"{MINUS}1.61σ"),
        ("AR", float("nan"), DASH),
        ("XYZ", 1.0, "+1.00"),
    ],
)
def test_estimates_carry_the_unit_of_their_statistic(statistic, value, written):
    assert formats.estimate(statistic, value) == written


def test_a_minimum_detectable_effect_has_a_unit_and_no_sign():
    assert formats.size("CAR", 6.26) == "6.26%"
    assert formats.size("AV", float("nan")) == DASH


def test_intervals_show_both_ends_and_only_vanish_when_both_are_unknown():
    assert formats.interval("CAR", -6.12, 1.02) == f"[{MINUS}6.12, +1.02]%"
    assert formats.interval("AV", 0.5, float("inf")) == "[0.50, ∞]×"
    assert formats.interval("CAV", float("nan"), 2.0) == f"[{DASH}, +2.00]"
    assert formats.interval("AR", float("nan"), float("nan")) == DASH


@pytest.mark.parametrize(
    ("p", "floor", "written"),
    [
        (0.0001, 0.0001, "≤ 0.0001"),
        (1 / 501, 1 / 501, "≤ 0.0020"),
        (1 / 251, 1 / 251, "≤ 0.0040"),
        (0.00404, 0.00404, "≤ 0.0041"),
        (0.0002, 0.0001, "0.0002"),
        (1e-12, 0.0, "< 0.0001"),
        (1e-12, float("nan"), "< 0.0001"),
        (0.0, None, "< 0.0001"),
        (0.0496, 0.0001, "0.0496"),
        (0.1234, 0.0001, "0.123"),
        (1.0, 0.0001, "1.000"),
        (float("nan"), 0.0001, DASH),
        (None, None, DASH),
    ],
)
def test_a_p_value_claims_no_more_than_its_null_distribution_can_show(p, floor, written):
    assert formats.p_value(p, floor) == written


def test_no_p_value_is_ever_printed_as_zero():
    written = [formats.p_value(float(p), 0.0) for p in [*np.geomspace(1e-12, 1, 200), 0.0]]
    assert all(float(text.removeprefix("< ")) > 0 for text in written)


def test_marks_are_text_and_a_normal_tail_earns_no_claim_at_one_per_cent():
    assert formats.mark(0.051, 0.05) == ""
    assert formats.mark(0.05, 0.05) == "*"
    assert formats.mark(0.01, 0.05) == "**"
    assert formats.mark(0.001, 0.05, strict=False) == "*"
    assert formats.mark(0.008, 0.005) == ""
    assert formats.mark(float("nan"), 0.05) == ""


def test_a_normal_tail_carries_no_claim_at_one_per_cent():
    assert [formats.far_tail(name) for name in ("garch_z", "grank_z", "fhs", "constant_t")] == [
        False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "error", "told"),
    [
        (0.065, 0.001, "holds"),
        (0.066, 0.001, "too often"),
        (0.034, 0.001, "too seldom"),
        (0.08, 0.015, "holds"),
        (0.081, 0.015, "too often"),
        (0.05, float("nan"), "holds"),
        (float("nan"), float("nan"), ""),
    ],
)
def test_a_test_keeps_its_level_within_three_tenths_of_it_or_two_standard_errors(size, error, told):
    """At 5 % three tenths are 1.5 points; an error of 1.5 points doubles that margin."""
    assert formats.size_verdict(size, error, 0.05) == told


def test_shares_are_per_cent_and_regimes_have_names():
    assert (formats.share(0.1254), formats.share(0.05, 0), formats.share(float("nan"))) == (
        "12.5%",
        "5%",
        DASH,
    )
    assert [formats.regime(name) for name in ("q1", "q4", "top5", "", "q9")] == [
        "q1 calm", "q4 turbulent", "top 5%", DASH, "q9",
    ]  # fmt: skip


def test_days_name_their_weekday_and_missing_days_are_a_dash():
    assert formats.day(date(2025, 4, 3)) == "Thu 2025-04-03"
    assert formats.day(pd.Timestamp("2025-04-05")) == "Sat 2025-04-05"
    assert formats.day(pd.NaT) == DASH
    assert formats.day(None) == DASH


def test_an_instant_is_told_in_its_own_zone_and_in_tokyo():
    instant = datetime(2025, 4, 2, 20, 0, tzinfo=UTC)
    assert formats.moment(instant, "America/New_York") == "Wed 2025-04-02 16:00 EDT"
    assert formats.moment(instant) == "Thu 2025-04-03 05:00 JST"


@pytest.mark.parametrize(
    ("statistic", "days", "written"),
    [
        ("AR", (0, 0), "AR(0)"),
        ("AV", (-1, -1), f"AV({MINUS}1)"),
        ("CAR", (0, 4), "CAR(0,4)"),
        ("CAV", (-1, 1), f"CAV({MINUS}1,1)"),
        ("CAR", (0, 0), "CAR(0,0)"),
    ],
)
def test_statistics_are_named_with_their_window(statistic, days, written):
    assert formats.window(statistic, days) == written


def test_a_proxy_says_what_it_stands_in_for_and_an_original_does_not():
    assert formats.label("topix_etf_1306") == "TOPIX ETF 1306 (proxy of TOPIX)"
    assert formats.label("topix") == "TOPIX"
    assert formats.label("my_fund", "topix") == "my_fund (proxy of TOPIX)"
    assert formats.label("my_fund", float("nan")) == "my_fund"


def test_clocks_and_methods_have_names_for_people_and_unknown_ones_keep_their_own():
    assert formats.clock("new_york_1700") == "New York 17:00"
    assert formats.clock("lunar_noon") == "lunar noon"
    assert formats.clock(None) == DASH
    assert formats.clock_of("usdjpy_tokyo_1700") == "Tokyo 17:00"
    assert formats.clock_of("my_fund") == ""
    assert formats.method("fhs") == "FHS"
    assert formats.method("placebo_matched") == "placebo, like volatility"
    assert formats.method("my_test") == "my_test"


def test_absent_values_of_every_kind_are_one_dash():
    assert [formats.text(value) for value in (None, float("nan"), np.nan, pd.NA, pd.NaT, "")] == [DASH] * 6
    assert formats.text("x") == "x"
