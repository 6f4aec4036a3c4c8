"""Made-up studies for the report's tests: every column filled, nothing computed by the study's own code."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from eventstudy.report import Report
from eventstudy.results import (
    CURVE_COLUMNS,
    FIT_COLUMNS,
    PATH_COLUMNS,
    QUESTION_COLUMNS,
    REACTION_COLUMNS,
    RESULT_COLUMNS,
    SIZE_COLUMNS,
    FigureCheck,
    SignalInput,
    SignalReading,
    StudyResult,
)
from eventstudy.series import SERIES
from eventstudy.values import Design, Event, Evidence, Exclusion, Provenance

NEWS = {
    "X01": ("2025-04-02T16:00:00-04:00", "reciprocal tariffs announced", "escalation"),
    "X02": ("2025-04-03T00:01:00-04:00", "car tariffs take effect", "effective"),
    "X03": ("2025-04-09T13:18:00-04:00", "ninety-day pause", "de-escalation"),
}
SERIES_IDS = ("nikkei225", "usdjpy", "jpx_nikkei_400_etf_1591")
AMBIGUOUS = ("X03", "usdjpy")
WINDOWS = ((0, 0), (0, 1), (0, 4), (-1, 1))
REGIMES = ("all", "q1", "q2", "q3", "q4", "top5")
METHODS = ("placebo_matched", "fhs", "garch_z", "constant_t")
_NULLS = {
    "placebo_matched": "796 placebo dates of the same volatility quartile, each refitted",
    "fhs": "filtered historical simulation, B=9999",
    "garch_z": "standard normal",
    "constant_t": "Student t(499)",
}


def make_events(count=3):
    names = list(NEWS.items())
    events = []
    for number in range(count):
        _, (stamp, label, direction) = names[number % 3]
        moment = datetime.fromisoformat(stamp) + timedelta(days=7 * (number // 3))
        events.append(
            Event(
                f"X{number + 1:02d}",
                moment,
                label,
                direction,
                earliest=moment - timedelta(hours=1) if number % 3 == 2 else None,
                latest=moment + timedelta(hours=6) if number % 3 == 2 else None,
                evidence=(Evidence("White House", "V", "fact sheet"),) if number % 3 == 0 else (),
            )
        )
    return tuple(events)


def row(event, series, window, statistic, method, **numbers):
    """One result row; numbers that are not given are NaN."""
    known = SERIES.get(series)
    day0 = pd.Timestamp("2025-04-03")
    base = {
        "event": event, "series": series, "window_start": window[0], "window_end": window[1],
        "statistic": statistic, "method": method, "estimate": np.nan, "se": np.nan, "lower": np.nan,
        "upper": np.nan, "p_value": np.nan, "n": 500,
        "floor": {"fhs": 0.0001, "placebo_matched": 0.001}.get(method, 0.0),
        "mde": np.nan, "null_distribution": _NULLS.get(method, method), "bridge": "episode", "session": day0,
        "phase": "pre-open", "ambiguous": (event, series) == AMBIGUOUS,
        "origin": pd.Timestamp("2025-04-02"), "estimation_start": pd.Timestamp("2023-03-01"),
        "estimation_end": pd.Timestamp("2025-03-18"), "clock": known.clock if known else "tokyo_close",
        "proxy_of": known.proxy_of if known else None, "episode": "A", "fit_status": "converged",
        "verdict": "", "regime": "q4", "size": np.nan, "size_error": np.nan, "family": "",
        "p_adjusted": np.nan, "p_holm": np.nan, "p_bh": np.nan,
    }  # fmt: skip
    return base | numbers


def _measures(random, event, series, session):
    yield from _battery(random, event, series, session)
    common = {"session": session, "mde": 3.9, "floor": 0.0001}
    for window, verdict, ratio, upper in (((1, 5), "undecided", 0.9, 9.0), ((6, 20), "elevated", 3.1, 7.0)):
        p = 0.004 if verdict == "elevated" else 0.4
        yield row(event, series, window, "VR", "fhs", estimate=ratio, lower=0.3, upper=upper, p_value=p,
                  verdict=verdict, **common)  # fmt: skip
    told = "one path, peak 2 sessions after day 0"
    yield row(event, series, (1, 60), "HALF_LIFE", "empirical", estimate=4.0, session=session,
              null_distribution=told)  # fmt: skip
    for method, ratio in (("parkinson", 4.2), ("yang_zhang", 3.6)):
        yield row(event, series, (0, 4), "RAV", method, estimate=ratio, p_value=0.02, **common)
    yield row(event, series, (0, 4), "MAX", "fhs", estimate=5.5, p_value=0.03, **common)


def _judged(method, statistic, p):
    """What stands beside a p-value of a design window: true size, and p-values of its family."""
    if statistic not in {"CAR", "CAV"}:
        return {}
    size = {"placebo_matched": 0.048, "constant_t": 0.125}.get(method, 0.07)
    stepped = {"p_adjusted": min(1.0, 3 * p)} if method == "fhs" else {}
    adjusted = {"p_holm": min(1.0, 8 * p), "p_bh": min(1.0, 2 * p)}
    return {"size": size, "size_error": 0.008, "family": "X", **stepped, **adjusted}


def _battery(random, event, series, session):
    spread = random.uniform(0.7, 1.8)
    days = [(k, k) for k in range(-1, 5)]
    for statistic, windows in (("AR", days), ("AV", days), ("CAR", WINDOWS), ("CAV", WINDOWS)):
        for window in windows:
            length = window[1] - window[0] + 1
            z = random.standard_t(5) * 1.6
            sd = spread * length**0.5
            for method in METHODS:
                by_draws = method in {"fhs", "placebo_matched"}
                common = {"session": session, "floor": 0.002 if length == 1 else 0.0001}
                if statistic in {"AR", "CAR"}:
                    p = max(2 * (1 - _normal_cdf(abs(z))), common["floor"] if by_draws else 1e-12)
                    common |= {"floor": common["floor"] if by_draws else 0.0, "p_value": p}
                    common |= {"estimate": z * sd, "se": sd, "mde": 2.8 * sd}
                    common |= {"lower": (z - 1.96) * sd, "upper": (z + 1.96) * sd}
                elif by_draws:
                    multiple = z * z if statistic == "AV" else z * z * length - length
                    p = max(2 * (1 - _normal_cdf(abs(z))), common["floor"])
                    common |= {"estimate": multiple, "p_value": p, "lower": multiple * 0.2 - 0.1}
                    common |= {"upper": abs(multiple) * 40 + 1, "mde": 7.9 * length**0.5}
                else:
                    continue
                common |= _judged(method, statistic, p)
                yield row(event, series, window, statistic, method, **common)


def _normal_cdf(x):
    return 0.5 * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))


def _path(random, event, series, day0):
    days = range(-10, 11)
    sessions = pd.bdate_range(day0 - pd.offsets.BDay(10), periods=len(days))
    close = 150.0 if "usd" in series else 35_000.0
    filtered, car = 1.4, 0.0
    for k, session in zip(days, sessions, strict=True):
        move = random.standard_t(5) * (1.0 if k < 0 else 1.9)
        close *= np.exp(move / 100)
        filtered = 0.1 + 0.12 * move**2 + 0.82 * filtered
        car = car + move if k >= 0 else 0.0
        half = 1.96 * 1.2 * max(k + 1, 0) ** 0.5
        yield {
            "event": event, "series": series, "relative_day": k, "session": session, "close": close,
            "log_return": move, "abnormal_return": move - 0.02,
            "car": car if k >= 0 else np.nan, "car_lower": -half if k >= 0 else np.nan,
            "car_upper": half if k >= 0 else np.nan,
            "forecast_variance": 1.5 + 0.01 * k if k >= 0 else np.nan, "filtered_variance": filtered,
        }  # fmt: skip


def fit_of(series, **numbers):
    base = dict.fromkeys(FIT_COLUMNS, np.nan) | {
        "series": series, "estimation_start": pd.Timestamp("2023-03-01"),
        "estimation_end": pd.Timestamp("2025-03-18"), "n": 500, "mean": "constant", "variance": "gjr",
        "dist": "t", "presample": "mean", "mu": 0.05, "omega": 0.031, "alpha": 0.04, "gamma": 0.11,
        "beta": 0.83, "nu": 6.2, "loglikelihood": -712.34, "persistence": 0.925, "status": "converged",
        "ljung_box_z_p": 0.41, "ljung_box_z2_p": 0.03, "arch_lm_p": 0.52, "sign_bias_p": 0.2,
        "pit_ks_p": 0.66, "kappa": 0.53, "message": "",
        "score_norm": 3.1e-13, "starts_gap": 2.4e-11, "arch_loglikelihood": -712.34, "arch_optimum": -712.35,
        "influential": "2023-06-02 2024-10-01", "persistence_without": 0.9312,
        "half_life": 8.89, "half_life_lower": 3.2, "half_life_upper": np.inf,
    }  # fmt: skip
    return base | numbers


def sizes_of(series, shares=None):
    """The sizes of one series: by default the constant-variance test fails where volatility is high."""
    blind = dict(zip(REGIMES, (0.06, 0.02, 0.04, 0.06, 0.125, 0.29), strict=True))
    shares = shares or {"placebo_matched": dict.fromkeys(REGIMES, 0.05), "constant_t": blind}
    for window in WINDOWS:
        for method, by_regime in shares.items():
            for regime, size in by_regime.items():
                yield {
                    "series": series, "window_start": window[0], "window_end": window[1],
                    "statistic": "CAR", "method": method, "regime": regime, "size": size,
                    "error": 0.008, "n": 3000 if regime == "all" else 750,
                }  # fmt: skip


def question_row(question, direction, series, window=(0, 4), **numbers):
    """One row of the questions over many events; numbers that are not given are NaN."""
    nothing = dict.fromkeys(("estimate", "se", "lower", "upper", "p_value", "floor", "mde", "p_holm"), np.nan)
    base = {
        "question": question, "direction": direction, "series": series, "window_start": window[0],
        "window_end": window[1], "statistic": "SCAR", "method": "episode_t", "n": 4,
        "null_distribution": "Student t(3) over 4 episodes", "refusal": "", "left_out": "",
    }  # fmt: skip
    return nothing | base | numbers


def make_questions(events, series_ids):
    """Every kind of question: answered, coarse, refused, with an episode left out, and Wald tests."""
    rows = []
    for series in series_ids:
        common = {"estimate": -1.61, "lower": -4.9, "upper": 1.68, "mde": 4.4, "p_holm": 1.0}
        missing = {"left_out": "C: X03 followed X01, and an episode counts once"}
        rows += [
            question_row("response", "escalation", series, p_value=0.217, floor=0.0, **common, **missing),
            question_row("response", "escalation", series, method="sign_flip", p_value=0.375, floor=0.125,
                         **common, **missing),
            question_row("response", "talks", series, method="", refusal="2 episodes: too few", n=2),
            question_row("volatility", "news", series, statistic="CAV", method="bgw_bootstrap",
                         p_value=0.02, floor=0.0001, estimate=5.5, p_holm=0.304),
            question_row("volatility", "news", series, statistic="CAV", method="bgw_chi2",
                         p_value=1e-6, floor=0.0, estimate=6.5, p_holm=1e-5),
        ]  # fmt: skip
    rows += [
        question_row("any series", event.id, " ".join(series_ids), statistic="CAR", method="wald",
                     estimate=13.44, p_value=0.0123, n=len(series_ids), floor=0.0001)
        for event in events
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(QUESTION_COLUMNS))


def curve_row(event, series, estimate, p, **choices):
    """One specification of one curve."""
    base = {
        "event": event, "series": series, "clock": SERIES[series].clock if series in SERIES else "",
        "window_start": 0, "window_end": 4, "statistic": "CAR", "mean": "constant", "variance": "gjr",
        "dist": "t", "estimation": 500, "gap": 10, "bridge": "episode", "masked": "", "estimate": estimate,
        "deviation": 1.5, "p_value": p, "method": "placebo_matched", "n": 400, "floor": 0.0025,
        "fit_status": "converged", "agrees": p <= 0.05,
    }  # fmt: skip
    return base | choices


def make_curve(events, series_ids):
    """Four specifications a pair; three of them reject, as the study's own does."""
    rows = []
    for event in events:
        for series in series_ids:
            rows += [
                curve_row(event.id, series, -6.0, 0.01),
                curve_row(event.id, series, -7.0, 0.02, variance="egarch"),
                curve_row(event.id, series, -5.0, 0.2, estimation=1000),
                curve_row(event.id, series, -6.5, 0.04, masked="2024-08-05 2024-08-06"),
            ]
    return pd.DataFrame(rows, columns=list(CURVE_COLUMNS))


def make_result(events, series_ids=SERIES_IDS, *, seed=7, **changes):
    random = np.random.default_rng(seed)
    rows, paths, reactions = [], [], []
    for number, event in enumerate(events):
        for series in series_ids:
            day0 = pd.Timestamp("2025-04-03") + pd.offsets.BDay(3 * number)
            rows += list(_measures(random, event.id, series, day0))
            paths += list(_path(random, event.id, series, day0))
            unsure = (event.id, series) == AMBIGUOUS
            reactions.append({
                "event": event.id, "series": series, "clock": SERIES[series].clock, "session": day0,
                "phase": "pre-open", "ambiguous": unsure,
                "other_session": day0 - pd.offsets.BDay(1) if unsure else pd.NaT,
            })  # fmt: skip
    return StudyResult(
        **{
            "design": Design(),
            "seed": 11,
            "table": pd.DataFrame(rows, columns=list(RESULT_COLUMNS)),
            "fits": pd.DataFrame([fit_of(name) for name in series_ids], columns=list(FIT_COLUMNS)),
            "paths": pd.DataFrame(paths, columns=list(PATH_COLUMNS)),
            "reactions": pd.DataFrame(reactions, columns=list(REACTION_COLUMNS)),
            "questions": make_questions(events, series_ids),
            "sizes": pd.DataFrame(
                [size for name in series_ids for size in sizes_of(name)], columns=list(SIZE_COLUMNS)
            ),
            "curve": make_curve(events, series_ids),
            "exclusions": (
                Exclusion("*", "jpx_nikkei_400", "no prices: bring jpx_nikkei_400.csv or another source"),
            ),
            "warnings": ("X01 and X02 share one session on the clock of usdjpy",),
            **changes,
        }
    )


FIGURES = (
    FigureCheck(
        id="A1-F01", article="A1", series="nikkei225", quantity="percent_change", quoted="-7.83%",
        unit="percent", date=date(2025, 4, 7), computed=-7.8270, difference=-0.003, verdict="EXACT",
        rule="inside the rounding interval [-7.835, -7.825]", arithmetic="CONSISTENT", calendar="SESSION",
        evidence=("31,136.58 after 33,780.58",),
    ),
    FigureCheck(
        id="A2-F04", article="A2", series="topix", quantity="level", quoted="2,750.12", unit="points",
        date=date(2025, 4, 5), computed=None, difference=None, verdict="FALSE",
        rule="no session on a Saturday", arithmetic="NOT CHECKABLE", calendar="NO SESSION", evidence=(),
    ),
)  # fmt: skip
SIGNALS = (
    SignalReading(
        id="collar", version="1", as_of=date(2025, 4, 11), value=108.4, unit="% of spot", verdict="UNSCORED",
        sentence="A zero-cost collar with a 95% put sells the call at 108.4% of spot.",
        inputs=(
            SignalInput("toyota_7203", date(2025, 4, 11), date(2025, 4, 11), "fresh", None),
            SignalInput("topix_etf_1306", date(2025, 4, 10), date(2025, 4, 11), "stale", "topix"),
        ),
        details={"sigma": 41.2, "put_strike": 95.0},
    ),
    SignalReading(
        id="vi_gap", version="2", as_of=date(2025, 4, 11), value=None, unit="%", verdict="REFUSED",
        sentence="Refused: nikkei_vi has no value after 2025-03-01.",
        inputs=(SignalInput("nikkei_vi", None, date(2025, 4, 11), "missing", None),), details={},
    ),
)  # fmt: skip


def make_truth(result):
    """Two per cent and a fourfold variance on every day 0, nothing else."""
    return pd.DataFrame(
        {
            "event": result.reactions["event"],
            "series": result.reactions["series"],
            "session": result.reactions["session"],
            "mean_effect": -2.0,
            "variance_multiple": 4.0,
        }
    )


def make_report(*, world="real", count=3, series_ids=SERIES_IDS, **changes):
    events = make_events(count)
    result = make_result(events, series_ids)
    record = Provenance(
        world=world, source="files", as_of=datetime(2025, 5, 1, 12, tzinfo=UTC), snapshot="ab" * 32,
        design=result.design.hash, register="cd" * 32, seed=11, code_version="0.1.0",
        notices=("the last bar of usdjpy is provisional",),
    )  # fmt: skip
    parts = {
        "result": result,
        "events": events,
        "figures": FIGURES,
        "signals": SIGNALS,
        "provenance": record,
        "truth": make_truth(result) if world == "simulated" else None,
    }
    return Report(**(parts | changes))
