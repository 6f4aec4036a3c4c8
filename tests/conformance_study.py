"""Conformance rows of placebos in time, empirical sizes, families and the specification curve."""

from tests.conformance import ROUNDING, Row

PLACEBOS = "tests/unit/test_placebos.py::"
SIZES = "tests/unit/test_empirical_size.py::"
FAMILIES = "tests/unit/test_adjusted_p_values.py::"
CURVE = "tests/unit/test_curve.py::"
FROZEN = "tests/unit/test_frozen_fits.py::"

STUDY = [
    Row(
        "placebo",
        "(1 + #{|z*| >= |z|}) / (1 + n), z = CAR / forecast deviation",
        "every date refitted; floor 1 / (1 + dates that do not overlap)",
        "counting by hand",
        "exact",
        PLACEBOS + "test_p_counts_placebos_at_least_as_extreme",
    ),
    Row(
        "placebo_matched",
        "the same among dates whose eve variance lies in the event's quartile",
        "quartiles of the placebo dates",
        "counting by hand",
        "exact",
        PLACEBOS + "test_only_dates_of_the_events_own_volatility_quartile_are_matched",
    ),
    Row(
        "placebo_matched",
        "uniform where nothing happens",
        "exchangeable dates",
        "binomial",
        "3 Monte-Carlo standard errors",
        PLACEBOS + "test_matched_p_values_are_uniform_where_nothing_happens",
    ),
    Row(
        "a placebo date",
        "CAR, CAV and deviation as of an event on that date",
        "constant and AR(1) mean",
        "the study itself with an event there",
        "1e-3: the batch does not polish its fits",
        PLACEBOS + "test_a_placebo_date_is_measured_as_an_event_on_that_date_would_be",
    ),
    Row(
        "variances behind a window",
        "the recursion with frozen parameters",
        "an unobserved session enters with its expected square",
        "hand arithmetic",
        ROUNDING,
        FROZEN + "test_later_variances_follow_the_recursion_by_hand",
    ),
    Row(
        "size",
        "share of placebo dates with p at most the level",
        "by quartile of the eve variance; placebo_matched against earlier dates only",
        "ranks by brute force",
        ROUNDING,
        SIZES + "test_earlier_matched_is_the_rank_among_earlier_dates_of_the_quartile",
    ),
    Row(
        "constant_t",
        "(CAR - H mean) / (s sqrt(H + H^2 / L)), t(L - 1)",
        "s on L - 1",
        "textbook formula at each placebo date",
        ROUNDING,
        SIZES + "test_constant_t_is_the_textbook_t_at_each_date",
    ),
    Row(
        "p_holm, p_bh",
        "step-down and step-up over a family",
        "series x windows of one event, each statistic and method by itself",
        "statsmodels",
        ROUNDING,
        FAMILIES + "test_holm_and_benjamini_hochberg_are_those_of_statsmodels",
    ),
    Row(
        "specification curve",
        "same sign and same side of the level as the design's own",
        "clocks of one instrument count as specifications",
        "hand-made table",
        "exact",
        CURVE + "test_agreement_is_the_same_side_of_the_level_with_the_same_sign",
    ),
]
