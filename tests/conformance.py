"""What each test of the service computes, by which convention, and what vouches for it: the conformance rows.

The golden tests run over the rows that carry printed figures; the documentation prints all of them.
"""

from dataclasses import dataclass, field

DAYS = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4))
SPAN = ((0, 4),)

HALF_UNIT = "half a unit of the last printed digit"
ROUNDING = "1e-12, relative"
ESTUDY2 = "golden panel: R package estudy2 and an independent implementation"
OWN = "golden panel: independent implementation"
GOLDEN = "tests/golden/test_golden_panel.py::test_the_golden_panel_gives_every_printed_digit"
UNIT = "tests/unit/test_panel_tests.py::"
BOOTSTRAPS = "tests/unit/test_panel_bootstraps.py::"


@dataclass(frozen=True)
class Row:
    """One test under one convention, and the evidence for it.

    `printed` holds the oracle's figures as printed, one for each of `windows`; `options` are keywords of the
    test's function that select the convention.
    """

    test: str
    formula: str
    convention: str
    oracle: str
    tolerance: str
    where: str
    printed: str = ""
    windows: tuple[tuple[int, int], ...] = DAYS
    options: dict[str, str] = field(default_factory=dict)


PANEL = (
    Row(
        "csect_t",
        "mean(CAR) / (sd(CAR) / sqrt(N)), t(N - 1)",
        "sd on N - 1",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-5.484062 .694891 -.679799 -.058369 .127937",
    ),
    Row(
        "csect_t",
        "mean(CAR) / (sd(CAR) / sqrt(N)), t(N - 1)",
        "the division of MacKinlay (1997)",
        "MacKinlay (1997): 9.28, -.93, -6.93",
        HALF_UNIT,
        UNIT + "test_the_division_of_mackinlays_example",
    ),
    Row(
        "portfolio_t",
        "mean(CAR) / (sqrt(H) sd(portfolio residual)), t(L - 1)",
        "portfolio over the estimation window, sd on L - 1",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-3.627352 .524204 -.309543 -.032749 .132581",
    ),
    Row(
        "portfolio_t",
        "mean(CAR) / (sqrt(H) sd(portfolio residual)), t(L - 1)",
        "a window of H days: sqrt(H)",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-1.481556",
        SPAN,
    ),
    Row(
        "lamb",
        "mean(CAR) / (sd(portfolio residual) sqrt(mean 1'V1)), t(L - 1)",
        "portfolio t with the forecast error; covariance of the days kept",
        "portfolio t of the golden panel over sqrt(C)",
        ROUNDING,
        UNIT + "test_lamb_is_the_portfolio_t_with_the_forecast_error",
    ),
    Row(
        "patell",
        "sum(SCAR) / sqrt(sum (L_i - k)/(L_i - k - 2)), N(0, 1)",
        "sigma on L - k",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-5.176011 .618784 -.152821 -.399173 .317299",
    ),
    Row(
        "patell",
        "sum(SCAR) / sqrt(sum (L_i - k)/(L_i - k - 2)), N(0, 1)",
        "sigma on L - 1 (estudy2): keyword sigma='mean'",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-5.197897 .621400 -.153467 -.400861 .318640",
        options={"sigma": "mean"},
    ),
    Row(
        "adj_patell",
        "patell / sqrt(1 + (N - 1) rbar), N(0, 1)",
        "rbar of raw residuals by calendar day, times the share of window days in common",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-3.687191 .440798 -.108864 -.284355 .226031",
    ),
    Row(
        "bmp",
        "sqrt(N) mean(SCAR) / sd(SCAR), t(N - 1)",
        "SCAR with the forecast error",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-5.192654 .624230 -.238037 -.438244 .246810",
    ),
    Row(
        "bmp",
        "sqrt(N) mean(SCAR) / sd(SCAR), t(N - 1)",
        "a window: SCAR = CAR / (sigma sqrt(1'V1))",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-1.982452",
        SPAN,
    ),
    Row(
        "kolari_pynnonen",
        "bmp sqrt((1 - rbar) / (1 + (N - 1) rbar)), t(N - 1)",
        "rbar of raw residuals by calendar day, times the share of window days in common",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-3.320663 .399191 -.152223 -.280254 .157833",
    ),
    Row(
        "kolari_pynnonen",
        "bmp sqrt((1 - rbar) / (1 + (N - 1) rbar)), t(N - 1)",
        "a window: SCAR = CAR / (sigma sqrt(1'V1))",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-1.267763",
        SPAN,
    ),
    Row(
        "corrado",
        "sum(mean(K) - (T + 1)/2) / (sqrt(H) S(K)), N(0, 1)",
        "ranks and S over estimation and all event days, 1/T",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-2.702955 .339893 -.202317 -.064741 .412727",
    ),
    Row(
        "corrado",
        "sum(mean(K) - (T + 1)/2) / (sqrt(H) S(K)), N(0, 1)",
        "a window of H days: sqrt(H)",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-.991649",
        SPAN,
    ),
    Row(
        "corrado_zivney_rank",
        "sum(mean(U)) / (sqrt(H) S(U)), U = K/(T_i + 1) - 1/2, N(0, 1)",
        "S over all T days, each day's square times N_t / N",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-2.702955 .339893 -.202317 -.064741 .412727",
    ),
    Row(
        "corrado_zivney_rank",
        "sum(mean(U)) / (sqrt(H) S(U)), U = K/(T_i + 1) - 1/2, N(0, 1)",
        "a window of H days: sqrt(H)",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-.991649",
        SPAN,
    ),
    Row(
        "corrado_zivney_sign",
        "sum(mean(G)) / (sqrt(H) S(G)), G = sign(AR - median_i), N(0, 1)",
        "median and S over all T days, 1/T",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-2.017106 0 0 .672369 0",
    ),
    Row(
        "grank_t",
        "Z sqrt((T - 2)/(T - 1 - Z^2)), t(T - 2)",
        "T = L + 1; residuals over sigma sqrt(1 - leverage); S over T points",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-1.382644",
        SPAN,
    ),
    Row(
        "grank_z",
        "mean(U_0) / sqrt(sum (T_i - 1)/(12 (T_i + 1)) / N^2), N(0, 1)",
        "ranks of grank_t",
        OWN,
        HALF_UNIT,
        GOLDEN,
        "-1.916851",
        SPAN,
    ),
    Row(
        "sign",
        "(w - n/2) / sqrt(n/4), binomial(n, 1/2)",
        "CARs of 0 left out; exact p",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-2.449490 0 0 .816497 0",
    ),
    Row(
        "sign",
        "(w - n/2) / sqrt(n/4), binomial(n, 1/2)",
        "exact p-value",
        "scipy.stats.binomtest",
        ROUNDING,
        UNIT + "test_the_sign_tests_p_value_is_the_exact_binomial_one",
    ),
    Row(
        "gen_sign",
        "(w - N p) / sqrt(N p (1 - p)), N(0, 1)",
        "p: mean share of positive estimation residuals",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "-2.429162 .020413 .020413 .836938 .020413",
    ),
    Row(
        "wilcoxon",
        "W+: sum of ranks of positive CARs",
        "exact up to 25 events, ties by mean ranks; normal above",
        ESTUDY2,
        HALF_UNIT,
        GOLDEN,
        "0 12 7 12 12",
    ),
    Row(
        "wilcoxon",
        "W+: sum of ranks of positive CARs",
        "p-value, exact and approximate",
        "scipy.stats.wilcoxon; enumeration of all signs for ties",
        ROUNDING,
        UNIT + "test_wilcoxon_agrees_with_scipy",
    ),
    Row(
        "hall",
        "sqrt(N) (S + g S^2/3 + g^2 S^3/27 + g/(6N)), N(0, 1)",
        "sd on N - 1, adjusted skewness; meant for N of 20 or more",
        "golden panel: independent implementation, on the abnormal returns as printed",
        HALF_UNIT,
        "tests/golden/test_golden_panel.py::test_halls_figures_are_those_of_the_printed_abnormal_returns",
    ),
    Row(
        "jackknife_t",
        "sqrt(N) mean(J) / sd(J), J_i = N theta - (N - 1) theta_(-i), t(N - 1)",
        "theta = mean(SCAR) / sd(SCAR)",
        "leave-one-out loop",
        ROUNDING,
        UNIT + "test_the_jackknife_leaves_out_one_event_at_a_time",
    ),
    Row(
        "cluster_t",
        "mean(CAR) / sqrt(G/(G - 1) sum_g (sum centred CAR)^2) x N, t(G - 1)",
        "clusters are dates",
        "statsmodels OLS, clustered covariance",
        ROUNDING,
        UNIT + "test_clustered_errors_agree_with_statsmodels",
    ),
    Row(
        "two_way_t",
        "mean(CAR) / sqrt(V_firm + V_date - V_both), t(min(G) - 1)",
        "each V with its own G/(G - 1) (Cameron, Gelbach and Miller 2011)",
        "statsmodels OLS, two-way clustered covariance",
        ROUNDING,
        UNIT + "test_two_way_clustered_errors_agree_with_statsmodels",
    ),
    Row(
        "ibragimov_muller",
        "sqrt(G) mean(m_g) / sd(m_g), t(G - 1)",
        "m_g: mean CAR of a date",
        "scipy.stats.ttest_1samp of the dates' means",
        ROUNDING,
        UNIT + "test_ibragimov_and_muller_test_the_means_of_the_dates",
    ),
    Row(
        "bootstrap",
        "(1 + #{|t*| >= |t|}) / (1 + B), events redrawn",
        "percentile-t about the sample's mean",
        "enumeration of all redrawn samples",
        "four Monte-Carlo standard errors",
        BOOTSTRAPS + "test_the_bootstrap_comes_to_the_share_of_all_redrawn_samples",
    ),
    Row(
        "wild_bootstrap",
        "(1 + #{|t*| >= |t|}) / (1 + B), each date times a random weight",
        "null imposed; Rademacher, or Webb below 12 dates",
        "enumeration of all patterns of weights",
        "four Monte-Carlo standard errors",
        BOOTSTRAPS + "test_the_wild_bootstrap_comes_to_the_share_of_all_patterns_of_weights",
    ),
    Row(
        "block_bootstrap",
        "(1 + #{|t*| >= |t|}) / (1 + B), dates redrawn",
        "percentile-t of the clustered t",
        "enumeration of all redrawn sets of dates",
        "four Monte-Carlo standard errors",
        BOOTSTRAPS + "test_the_block_bootstrap_comes_to_the_share_of_all_redrawn_sets_of_dates",
    ),
)

ROWS = [*PANEL]
"""Every row; other kinds of tests add theirs here."""


def conformance_rows() -> list[dict[str, str]]:
    """Return test, formula, convention, oracle, tolerance and where of every row, for the documentation."""
    names = ("test", "formula", "convention", "oracle", "tolerance", "where")
    return [{name: getattr(row, name) for name in names} for row in ROWS]
