"""Conformance rows of the tests over many events, of multiplicity and of joint paths."""

from tests.conformance import HALF_UNIT, ROUNDING, Row

COMPOSITE = "tests/unit/test_composite.py::"
EFFECT = "tests/golden/test_volatility_effect_golden.py::"
MULTIPLICITY = "tests/unit/test_multiplicity.py::"
PATHS = "tests/unit/test_joint_paths.py::"
SIZE = "tests/properties/test_multi_event_size.py::"
DEFECTS = "tests/unit/test_peer_defects_events.py::"

BAND = "3.5 Monte-Carlo standard errors"
SIZE_TABLE = "published size table: four correlated series, 1 to 15 dates"

EVENTS = [
    Row(
        "episode_t",
        "mean(d Y) / sqrt(sd^2/E + shared), t(E - 1)",
        "Y: equal weights on SCARs of one clock; shared: covariance through one estimated mean",
        "scipy.stats.ttest_1samp",
        "1e-9, relative",
        COMPOSITE + "test_the_test_over_episodes_is_students_t",
    ),
    Row(
        "episode_t",
        "noncentral t(E - 1)",
        "two-sided power of 1 and 0.5 standard deviations at E = 4, 8, 12",
        "published: .29 .68 .88 and .11 .23 .35; scipy.stats.nct",
        HALF_UNIT,
        COMPOSITE + "test_the_power_of_the_composite_is_the_published_one",
    ),
    Row(
        "episode_t",
        "mean(d Y) / sqrt(sd^2/E), t(E - 1)",
        "size at E = 4, 8, 15, with and without event variance x4",
        SIZE_TABLE,
        BAND,
        SIZE + "test_the_composite_per_episode_holds_its_size_with_and_without_event_induced_variance",
    ),
    Row(
        "sign_flip",
        "#{|mean(s Y)| >= |mean(Y)|} / 2^E",
        "all 2^E patterns to E = 20, 99,999 random ones above; floor 2/2^E",
        "enumeration; scipy.stats.permutation_test; binomial distribution",
        ROUNDING,
        COMPOSITE + "test_the_sign_flip_counts_every_pattern",
    ),
    Row(
        "sign_flip",
        "interval: shifts that are not rejected",
        "limits are subset means (Hartigan 1969); infinite where the floor exceeds the level",
        "enumeration of all patterns just inside and outside",
        "1e-9",
        COMPOSITE + "test_the_interval_holds_exactly_the_shifts_that_the_sign_flip_does_not_reject",
    ),
    Row(
        "savickas",
        "mean(S) / (sd(S)/sqrt(N)), S = theta / sqrt(h_0), t(N - 1)",
        "units are events of one series; h_0 forecast from before the event",
        "hand arithmetic; scipy.stats.ttest_1samp",
        "1e-9, relative",
        COMPOSITE + "test_savickas_divides_each_event_by_its_own_conditional_deviation",
    ),
    Row(
        "bgw_chi2",
        "M_t = q_t/(N - 1); (N - 1) sum M_t, chi2((N - 1)H)",
        "as published: biased by N/(N - 1), for comparison only",
        "golden panel: independent implementation",
        HALF_UNIT,
        EFFECT + "test_the_golden_panel_gives_every_printed_digit_of_the_multiple",
    ),
    Row(
        "bgw_chi2",
        "M_t = q_t/(N - 1); (N - 1) sum M_t, chi2((N - 1)H)",
        "bias and size at N = 4, 8, 20, 134; normal and t(5)",
        "published bias table",
        BAND,
        EFFECT + "test_the_published_form_is_biased_and_its_chi_square_fails_as_the_table_says",
    ),
    Row(
        "bgw_bootstrap",
        "M*_t = q_t/N; (1 + #{sum M** >= sum M*}) / (B + 1)",
        "whole placebo windows, no two alike in a draw; upper tail",
        "golden panel: independent implementation",
        HALF_UNIT,
        EFFECT + "test_the_golden_panel_gives_every_printed_digit_of_the_multiple",
    ),
    Row(
        "bgw_bootstrap",
        "M*_t = q_t/N; (1 + #{sum M** >= sum M*}) / (B + 1)",
        "size at N = 4, 8 under t(5)",
        "nominal 5 %",
        BAND,
        EFFECT + "test_the_bootstrap_has_its_size_where_the_chi_square_rejects_a_fifth",
    ),
    Row(
        "bgw_fhs",
        "as bgw_bootstrap over simulated windows",
        "each episode simulated from its own origin, independently",
        "loop over the draws",
        ROUNDING,
        EFFECT + "test_simulated_windows_stand_in_for_placebos",
    ),
    Row(
        "kp_block_events",
        "bmp sqrt((1 - rbar)/(1 + (n - 1) rbar)), t(E - 1)",
        "rbar over all pairs of cells, pairs of different dates at 0",
        SIZE_TABLE,
        BAND,
        SIZE + "test_kolari_pynnonen_by_blocks_on_the_dates_degrees_of_freedom_is_conservative",
    ),
    Row(
        "kp_block_cells",
        "bmp sqrt((1 - rbar)/(1 + (n - 1) rbar)), t(n - 1)",
        "the same, liberal for few dates",
        SIZE_TABLE,
        BAND,
        SIZE + "test_kolari_pynnonen_by_blocks_on_the_cells_degrees_of_freedom_is_liberal_for_few_dates",
    ),
    Row(
        "grank_t",
        "Z sqrt((T - 2)/(T - 1 - Z^2)), t(T - 2)",
        "over events: each ranked in its own window, variance added over dates; liberal for few events",
        "hand arithmetic; own simulation with other code",
        BAND,
        SIZE + "test_generalised_ranks_are_liberal_for_few_events",
    ),
    Row(
        "grank_z",
        "mean(U_0) / sqrt(sum (T_e - 1)/(12 (T_e + 1)) / E^2), N(0, 1)",
        "over events of one series",
        "hand arithmetic",
        ROUNDING,
        DEFECTS + "test_ranks_follow_a_worked_example",
    ),
    Row(
        "romano_wolf",
        "(1 + #{max over this and all less extreme |t*| >= |t|}) / (B + 1), monotone",
        "joint filtered historical simulation, the same residual dates for every series",
        "worked example",
        ROUNDING,
        MULTIPLICITY + "test_the_step_down_follows_a_worked_example",
    ),
    Row(
        "romano_wolf",
        "(1 + #{max over this and all less extreme |t*| >= |t|}) / (B + 1), monotone",
        "family-wise error of twelve tests correlated .8, with and without true effects",
        "nominal 5 %",
        BAND,
        SIZE + "test_the_step_down_keeps_the_family_wise_error_under_correlation",
    ),
    Row(
        "holm",
        "running maximum of (m - j + 1) p_(j)",
        "missing p-values do not count",
        "statsmodels multipletests",
        ROUNDING,
        MULTIPLICITY + "test_holm_and_benjamini_hochberg_agree_with_statsmodels",
    ),
    Row(
        "bh",
        "running minimum of m p_(j) / j",
        "missing p-values do not count",
        "statsmodels multipletests",
        ROUNDING,
        MULTIPLICITY + "test_holm_and_benjamini_hochberg_agree_with_statsmodels",
    ),
    Row(
        "wald",
        "CAR' V^-1 CAR, quantiles of the same along the joint paths",
        "V: covariance of the series' CARs on joint paths",
        "chi-square for normal residuals",
        "covariance of 20,000 draws: 3 %",
        PATHS + "test_the_wald_statistic_of_normal_residuals_is_nearly_chi_square",
    ),
]
