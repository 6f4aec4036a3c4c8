"""Frozen results: the study's tables, checked figures and signal readings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.values import Design, Exclusion

RESULT_COLUMNS: tuple[str, ...] = (
    "event", "series", "window_start", "window_end", "statistic", "method",
    "estimate", "se", "lower", "upper", "p_value", "n", "floor", "mde",
    "null_distribution", "bridge", "session", "phase", "ambiguous", "origin",
    "estimation_start", "estimation_end", "clock", "proxy_of", "episode", "fit_status",
    "verdict", "regime", "size", "size_error", "family", "p_adjusted", "p_holm", "p_bh",
)  # fmt: skip
QUESTION_COLUMNS: tuple[str, ...] = (
    "question", "direction", "series", "window_start", "window_end", "statistic", "method",
    "estimate", "se", "lower", "upper", "p_value", "n", "floor", "mde", "null_distribution",
    "p_holm", "refusal", "left_out",
)  # fmt: skip
SIZE_COLUMNS: tuple[str, ...] = (
    "series", "window_start", "window_end", "statistic", "method", "regime", "size", "error", "n",
)  # fmt: skip
CURVE_COLUMNS: tuple[str, ...] = (
    "event", "series", "clock", "window_start", "window_end", "statistic",
    "mean", "variance", "dist", "estimation", "gap", "bridge", "masked",
    "estimate", "deviation", "p_value", "method", "n", "floor", "fit_status", "agrees",
)  # fmt: skip
HEADLINE_METHODS: tuple[str, ...] = ("placebo_matched", "fhs")
FIT_COLUMNS: tuple[str, ...] = (
    "series", "estimation_start", "estimation_end", "n", "mean", "variance", "dist", "presample",
    "mu", "phi", "omega", "alpha", "gamma", "beta", "nu", "lambda",
    "loglikelihood", "persistence", "status",
    "ljung_box_z_p", "ljung_box_z2_p", "arch_lm_p", "sign_bias_p", "pit_ks_p", "kappa", "message",
    "score_norm", "starts_gap", "arch_loglikelihood", "arch_optimum", "influential", "persistence_without",
    "half_life", "half_life_lower", "half_life_upper",
)  # fmt: skip
PATH_COLUMNS: tuple[str, ...] = (
    "event", "series", "relative_day", "session", "close", "log_return",
    "abnormal_return", "car", "car_lower", "car_upper", "forecast_variance", "filtered_variance",
)  # fmt: skip
REACTION_COLUMNS: tuple[str, ...] = (
    "event", "series", "clock", "session", "phase", "ambiguous", "other_session",
)  # fmt: skip


@dataclass(frozen=True)
class StudyResult:
    """Everything one event study found, and everything it left out.

    Attributes
    ----------
    design : Design
        The choices made.
    seed : int
        Seed of the bootstrap.
    table : DataFrame
        One row per (event, series, window, statistic, method); columns `RESULT_COLUMNS`.
        ``estimate``, ``se``, ``lower``, ``upper``, ``mde`` are in per cent for AR and CAR (log
        returns) and pure ratios for AV (1 is no effect) and CAV (0 is no effect). NaN means
        "this method does not define it".
    fits : DataFrame
        One row per fitted estimation window; columns `FIT_COLUMNS`. Variances are per cent
        squared per session. NaN parameters do not belong to the model.
    paths : DataFrame
        One row per (event, series, relative day); columns `PATH_COLUMNS`, for charts. ``car``
        starts at day 0 and is NaN before; ``car_lower`` and ``car_upper`` bound the CAR that no
        effect would give with probability ``1 - level`` (a band around zero, not around the CAR).
        ``forecast_variance`` is the h-step forecast from the origin, ``filtered_variance`` the
        one-step forecast from the eve; per cent squared per session.
    reactions : DataFrame
        One row per (event, series): the session of day 0, its phase and whether the event's
        uncertainty interval allows another session (``other_session``, else NaT).
    questions : DataFrame
        Answers over many events, one row per (question, direction, series, window, statistic, method);
        columns `QUESTION_COLUMNS`. ``n`` counts episodes (series, for ``wald``). A question that cannot be
        answered has NaN numbers and says why in ``refusal``; ``left_out`` names the episodes that do not
        count in it, and why.
    sizes : DataFrame
        How often each test rejected at the design's level on dates without news; columns `SIZE_COLUMNS`.
        ``regime`` is ``all``, a quartile of the variance on the eve from ``q1`` (calm) to ``q4``, or ``top5``
        per cent; ``error`` is the Monte-Carlo standard error of ``size``.
    curve : DataFrame
        The specification curve, empty unless the design asks for it: one row per (event, series, window,
        statistic, specification); columns `CURVE_COLUMNS`. ``agrees`` says whether a specification comes to
        the conclusion of the design's own: the same sign and the same side of the level.
    exclusions : tuple of Exclusion
        Every (event, series) pair left out, with its reason.
    warnings : tuple of str
        What a reader must know before trusting a number.
    """

    design: Design
    seed: int
    table: pd.DataFrame
    fits: pd.DataFrame
    paths: pd.DataFrame
    reactions: pd.DataFrame
    questions: pd.DataFrame
    sizes: pd.DataFrame
    curve: pd.DataFrame
    exclusions: tuple[Exclusion, ...]
    warnings: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the tidy table; columns `RESULT_COLUMNS`, index 0..n-1."""
        return self.table.copy()


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """The verdict on one quoted figure.

    Attributes
    ----------
    id, article, series, quantity, quoted, unit : str
        The figure as printed; see `eventstudy.values.QuotedFigure`.
    date : date
        Session it speaks of.
    computed : float or None
        The same quantity from stored prices, full precision; None without data.
    difference : float or None
        Quoted minus computed, in the figure's unit.
    verdict : str
        ``EXACT``, ``TRUNCATED``, ``OFF_BY_UNIT``, ``MISMATCH``, ``FALSE`` (no such session) or ``NO DATA``.
    rule : str
        The rule that decided, in words.
    arithmetic : str
        ``CONSISTENT``, ``CONTRADICTED`` or ``NOT CHECKABLE``: level, change and per cent against one another.
    calendar : str
        ``SESSION``, ``NO SESSION``, or ``NOT CHECKABLE`` for a date outside the calendars.
    evidence : tuple of str
        The rows and numbers that the verdict rests on.
    """

    id: str
    article: str
    series: str
    quantity: str
    quoted: str
    unit: str
    date: date
    computed: float | None
    difference: float | None
    verdict: str
    rule: str
    arithmetic: str
    calendar: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignalInput:
    """One input of a signal and how fresh it was.

    Attributes
    ----------
    series : str
        Series id.
    last_session : date or None
        Latest session known at the as-of instant; None when nothing is known.
    expected_session : date or None
        Latest session that should be known by then.
    status : str
        ``fresh``, ``stale`` or ``missing``.
    proxy_of : str or None
        What the series stands in for.
    """

    series: str
    last_session: date | None
    expected_session: date | None
    status: str
    proxy_of: str | None


@dataclass(frozen=True, slots=True)
class SignalReading:
    """What one hedging signal said as of one date.

    Attributes
    ----------
    id : str
        Signal name.
    version : str
        Version of its rule.
    as_of : date
        Date whose knowledge was used; nothing later was read.
    value : float or None
        The headline number; None when refused.
    unit : str
        Unit of the headline number.
    verdict : str
        ``UNSCORED`` (computed, not yet scored against evidence) or ``REFUSED``.
    sentence : str
        One plain sentence with number and uncertainty, or the reason of the refusal.
    inputs : tuple of SignalInput
        Freshness of every input.
    details : dict
        Name to number: every figure behind the headline.
    """

    id: str
    version: str
    as_of: date
    value: float | None
    unit: str
    verdict: str
    sentence: str
    inputs: tuple[SignalInput, ...]
    details: dict[str, float]
