"""The words of the page: every statistic, test and question by its name for people, with its meaning."""

from __future__ import annotations

METHODS: dict[str, tuple[str, str]] = {
    "placebo_matched": (
        "placebo, like volatility",
        "the event ranked among earlier dates without news whose eve had volatility of the same quartile, "
        "each with its own refit",
    ),
    "fhs": (
        "FHS",
        "filtered historical simulation: futures drawn from the estimation window's own standardised "
        "residuals, at the volatility of the eve",
    ),
    "placebo": (
        "placebo, all",
        "the event ranked among all earlier dates without news, each with its own refit",
    ),
    "fhs_block": (
        "FHS blocks",
        "the same simulation with runs of residuals, which keeps what clusters together",
    ),
    "fhs_tails": (
        "FHS equal tails",
        "the same simulation, twice the smaller tail: for lopsided distributions",
    ),
    "fhs_params": (
        "FHS, parameters",
        "the same simulation over refits of the model: what is not known about it counts",
    ),
    "garch_z": ("GARCH z", "the effect over its forecast standard deviation, by a normal distribution"),
    "constant_t": (
        "constant-σ t",
        "the textbook test: one variance for calm and turbulent days alike",
    ),
    "hac_t": ("HAC t", "the same with standard errors for autocorrelation, blind to the state of volatility"),
    "sq": (
        "SQ",
        "rank among the estimation window's residuals as they are, blind to the state of volatility",
    ),
    "sq_z": ("SQ of z", "rank among the estimation window's standardised residuals"),
    "constant_chi2": ("constant-σ χ²", "squared returns over one variance for calm and turbulent days alike"),
    "joint_lr": ("joint LR", "likelihood ratio of a model with an event term, by simulated refits"),
    "parkinson": ("Parkinson", "from high and low"),
    "garman_klass": ("Garman–Klass", "from open, high, low and close"),
    "rogers_satchell": ("Rogers–Satchell", "from open, high, low and close, whatever the drift"),
    "yang_zhang": ("Yang–Zhang", "from open, high, low and close with the overnight gap"),
    "empirical": ("as it happened", "read off the one path that was seen"),
    "model": ("by the model", "implied by the fit"),
    "episode_t": ("t", "Student's t over episodes, one number each"),
    "sign_flip": (
        "sign flip",
        "all ways in which the episodes' signs could have fallen: exact, and with few episodes never small",
    ),
    "grank_t": ("GRANK-T", "ranks over events, by Student's t; rejects too often when they are few"),
    "grank_z": (
        "GRANK-Z",
        "ranks over events, by a normal distribution; rejects too often when they are few",
    ),
    "savickas": ("Savickas", "a test that lets the event change the variance, day 0 only"),
    "kp_block_events": ("KP, events", "Kolari and Pynnönen's correction for series that move together"),
    "kp_block_cells": ("KP, cells", "the same, series counted apart; rejects too often when dates are few"),
    "bgw_bootstrap": ("BGW, placebo", "by placebo windows"),
    "bgw_fhs": ("BGW, FHS", "by simulated windows"),
    "bgw_chi2": ("BGW, χ²", "as published: wrong for few events and fat tails, for comparison only"),
    "wald": ("Wald", "that no series moved, by the joint paths of all of them"),
}
STATISTICS: dict[str, str] = {
    "AR": "abnormal return of one session, % log",
    "CAR": "abnormal returns cumulated over a window, % log",
    "AV": "squared abnormal return over its forecast variance; 1 is no effect",
    "CAV": "the same cumulated over a window, less its length; 0 is no effect",
    "MAX": "largest abnormal move of one session in the window, %",
    "MIN_CAR": "deepest point of the cumulated path, %",
    "RAV": "range-based variance over that of the calm; 1 is no effect",
    "VR": "variance over what was forecast from before the event; 1 is no effect",
    "HALF_LIFE": "sessions until half of a rise in variance is gone",
    "SCAR": "CAR over its forecast standard deviation, σ",
    "SAR": "abnormal return of day 0 over its forecast standard deviation, σ",
    "RANK": "rank of the event among calm days, −½ to ½",
}
QUESTIONS: dict[str, tuple[str, str]] = {
    "response": ("Do returns respond?", "Mean effect of all episodes that begin with such news."),
    "direction": (
        "Do opposite news move returns in opposite ways?",
        "Escalation counted −1 and de-escalation +1: above 0, prices fall on escalation and rise on relief.",
    ),
    "volatility": ("Does volatility rise with news?", "Cumulated abnormal volatility of all such episodes."),
    "negative control": (
        "Do dates without surprise move anything?",
        "Effective dates were known beforehand. A test that rejects here finds effects where there should be "
        "none.",
    ),
    "any series": (
        "Did one event move any series at all?",
        "All series of an event together, their dependence included (Wald test along joint paths).",
    ),
}
REGIMES: dict[str, str] = {
    "all": "all dates",
    "q1": "q1 calm",
    "q2": "q2",
    "q3": "q3",
    "q4": "q4 turbulent",
    "top5": "top 5%",
}
LIBERAL = frozenset({"grank_t", "grank_z", "kp_block_cells", "bgw_chi2"})
NORMAL_TAILS = frozenset({"garch_z", "grank_z"})
