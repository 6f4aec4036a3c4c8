"""Conformance rows of the tests of a single event and of the range estimators."""

from tests.conformance import HALF_UNIT, ROUNDING, Row

INFERENCE = "tests/unit/test_single_event_inference.py::"
QUANTILE = "tests/unit/test_sample_quantile.py::"
RANGES = "tests/golden/test_range_oracle.py::"
BY_RANGE = "tests/unit/test_range_volatility.py::"
JOINT = "tests/unit/test_joint_variance.py::"
AFTER = "tests/unit/test_aftermath.py::"
REFITS = "tests/unit/test_parameter_uncertainty.py::"
SIZE = "tests/properties/test_single_event_size.py::"
GOLDEN = "tests/golden/test_forecast_error_covariance.py::"

BAND = "3.5 Monte-Carlo standard errors"
SIZE_TABLE = "published size table by volatility regime"
SESSION = "worked example: Nikkei 225, 7 April 2025"

SINGLE = [
    Row(
        "fhs (AR, CAR)",
        "(1 + #{|CAR*| >= |CAR|}) / (B + 1)",
        "residuals with mean 0 and variance 1; one step ahead p is at least 1/(L + 1)",
        SIZE_TABLE,
        BAND,
        SIZE + "test_day_zero_is_rejected_as_often_as_the_published_table_says",
    ),
    Row(
        "fhs (AV, CAV)",
        "(1 + #{sum AR*^2/Var >= sum AR^2/Var}) / (B + 1)",
        "Var(AR_k) as forecast from the origin",
        "published: 4.9 % against 8.3 % for chi-square",
        BAND,
        SIZE + "test_chi_square_rejects_fat_tailed_calm_too_often_and_simulation_does_not",
    ),
    Row(
        "fhs_tails",
        "2 min(upper tail, lower tail), each (1 + #) / (B + 1)",
        "floor twice that of fhs",
        "exponential distribution, closed form",
        "grid of 100,000 quantiles: 1e-3",
        INFERENCE + "test_skewed_draws_move_the_tails_and_not_the_estimate",
    ),
    Row(
        "fhs_block",
        "fhs with runs of 5 consecutive residuals",
        "circular blocks (Politis and Romano 1992), the same dates for every series",
        "uniform distribution of positions",
        "five standard deviations of a count",
        INFERENCE + "test_blocks_are_runs_of_consecutive_sessions_around_a_circle",
    ),
    Row(
        "fhs_params",
        "fhs over 199 refits, each filtering the actual past",
        "residual bootstrap of the estimation window (Pascual, Romo and Ruiz 2006)",
        "plain simulation where every refit equals the fit; step-by-step recursion",
        ROUNDING,
        REFITS + "test_refits_that_equal_the_fit_give_the_plain_simulation_back",
    ),
    Row(
        "fhs (MAX, MIN_CAR)",
        "ranks of max |AR| and of the lowest cumulated AR",
        "upper and lower tail; detectable effect is a move on one day",
        "hand ranks",
        ROUNDING,
        INFERENCE + "test_the_extremes_of_a_window_are_compared_with_those_of_the_draws",
    ),
    Row(
        "garch_z",
        "CAR / sqrt(sum psi^2 h + H^2 var(mu))",
        "h-step forecast from the origin, standard normal",
        SIZE_TABLE,
        BAND,
        SIZE + "test_day_zero_is_rejected_as_often_as_the_published_table_says",
    ),
    Row(
        "garch_z",
        "detectable effect (z(1 - a/2) + z(power)) x se",
        "two-sided 5 %, power 80 %",
        "published: 2.80 4.85 6.26 9.29 deviations for 1, 3, 5, 11 days",
        HALF_UNIT,
        INFERENCE + "test_the_detectable_effect_in_one_day_deviations_is_the_printed_one",
    ),
    Row(
        "constant_t",
        "CAR / (s sqrt(H + H^2/L)), t(L - 1)",
        "s^2 on L - 1, the mean's forecast error included",
        SIZE_TABLE,
        BAND,
        SIZE + "test_day_zero_is_rejected_as_often_as_the_published_table_says",
    ),
    Row(
        "constant_t with regressors",
        "V = s^2 [I + X*(X'X)^-1 X*'], var(CAR) = 1'V1",
        "s^2 on L - k",
        "golden panel: R package estudy2 and an independent implementation",
        HALF_UNIT,
        GOLDEN + "test_a_car_over_the_root_of_the_whole_covariance_is_the_printed_t",
    ),
    Row(
        "constant_t with regressors",
        "V = s^2 [I + X*(X'X)^-1 X*']",
        "one prediction a day, and one of their sum",
        "statsmodels get_prediction",
        "1e-10, relative",
        INFERENCE + "test_the_covariance_of_abnormal_returns_is_that_of_statsmodels_predictions",
    ),
    Row(
        "hac_t",
        "CAR / sqrt(v (H + H^2/L)), t(L - 1)",
        "Bartlett, lag H - 1; autocovariances over L - 1",
        "statsmodels HAC covariance, times L/(L - 1)",
        "1e-10, relative",
        INFERENCE + "test_the_long_run_variance_is_that_of_statsmodels",
    ),
    Row(
        "sq",
        "(1 + #{|e| >= |AR|}) / (n + 1)",
        "overlapping sums for windows, n = L - H + 1 (Gelbach, Helland and Klick 2013 for days)",
        SIZE_TABLE,
        BAND,
        SIZE + "test_day_zero_is_rejected_as_often_as_the_published_table_says",
    ),
    Row(
        "sq_z",
        "(1 + #{|e/sd| >= |AR/sd|}) / (n + 1)",
        "each by its own forecast, as many steps ahead; n = L - last + 1",
        "5 % in every volatility regime, by simulation",
        BAND,
        SIZE + "test_tests_that_know_the_volatility_hold_five_per_cent_in_every_regime",
    ),
    Row(
        "parkinson",
        "ln(H/L)^2 / (4 ln 2)",
        "squared overnight gap added or not",
        SESSION,
        HALF_UNIT,
        RANGES + "test_every_estimator_gives_the_printed_deviation_with_and_without_the_gap",
    ),
    Row(
        "garman_klass",
        "ln(H/L)^2 / 2 - (2 ln 2 - 1) ln(C/O)^2; full form .511 .019 .383",
        "both forms, squared overnight gap added or not",
        SESSION,
        HALF_UNIT,
        RANGES + "test_every_estimator_gives_the_printed_deviation_with_and_without_the_gap",
    ),
    Row(
        "rogers_satchell",
        "u(u - c) + d(d - c)",
        "squared overnight gap added or not",
        SESSION,
        HALF_UNIT,
        RANGES + "test_every_estimator_gives_the_printed_deviation_with_and_without_the_gap",
    ),
    Row(
        "yang_zhang",
        "var(o) + k var(c) + (1 - k) mean(RS), k = .34/(1.34 + (n + 1)/(n - 1))",
        "variances on n - 1",
        "hand arithmetic of two sessions",
        ROUNDING,
        "tests/unit/test_ranges.py::test_two_sessions_give_the_yang_zhang_variance_of_hand_arithmetic",
    ),
    Row(
        "RAV",
        "rank of ln s2 - ln h - m, window means among overlapping windows",
        "upper tail; estimate exp(A); forecasts as many steps ahead",
        "hand ranks",
        ROUNDING,
        BY_RANGE + "test_later_steps_are_compared_with_forecasts_made_as_many_steps_ahead",
    ),
    Row(
        "joint_lr",
        "2 (l(delta) - l(0)), eps = sqrt(exp(delta D) g) z",
        "parametric-bootstrap null; interval by inverting the ratio",
        "closed form under a constant normal variance",
        "1e-5, relative",
        JOINT + "test_under_a_constant_variance_the_factor_is_the_ratio_of_mean_squares",
    ),
    Row(
        "VR (normalisation)",
        "sum AR^2 / sum Var(AR), 1-5, 6-20 and 21-60 days after",
        "upper tail; normalised only where four times the variance would be found and is excluded",
        "chi-square quantiles",
        "2 %, the quantiles of 40,000 draws",
        AFTER + "test_under_normal_draws_band_and_detectable_multiple_are_those_of_chi_square",
    ),
    Row(
        "HALF_LIFE (model)",
        "ln(1/2) / ln(persistence)",
        "bias-corrected percentile interval over refits (Efron 1982)",
        "closed form; normal quantiles of a uniform sample",
        "one rank of 999",
        AFTER + "test_draws_that_lie_too_low_move_the_interval_up",
    ),
    Row(
        "HALF_LIFE (empirical)",
        "first session with half of the peak's excess over the long-run variance",
        "censored at the next event",
        "hand-made paths",
        ROUNDING,
        AFTER + "test_the_empirical_half_life_counts_from_the_peak",
    ),
]
