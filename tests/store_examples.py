"""Small records of every kind that a store keeps, and ways to look at a store from outside."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.results import FigureCheck, SignalInput, SignalReading, StudyResult
from eventstudy.values import Article, Bars, Design, Event, Evidence, Exclusion, Provenance, QuotedFigure

MONDAY = datetime(2025, 4, 7, 12, tzinfo=UTC)
TUESDAY = datetime(2025, 4, 8, 12, tzinfo=UTC)
WEDNESDAY = datetime(2025, 4, 9, 12, tzinfo=UTC)

EVENT = Event(
    id="E05",
    timestamp="2025-04-02T16:00:00-04:00",
    label="An announcement",
    direction="escalation",
    earliest="2025-04-02T15:55:00-04:00",
    latest="2025-04-03T06:00:00+09:00",
    episode="april",
    evidence=(Evidence("a newspaper", "V", "at four"), Evidence("a memory", "M", "after the close")),
)
ARTICLE = Article("A1", "A headline", date(2025, 4, 7), "a website")
FIGURE = QuotedFigure(
    "A1-F03", "A1", "topix", "change", "-194.40", "points", date(2025, 4, 7), "first paragraph", "A1-R1"
)
CHECK = FigureCheck(
    "A1-F03", "A1", "topix", "change", "-194.40", "points", date(2025, 4, 7), -194.4000000000001, 1e-13,
    "EXACT", "equal at two decimals", "CONSISTENT", "SESSION", ("2288.66", "2482.06"),
)  # fmt: skip
READING = SignalReading(
    "calm", "1", date(2025, 4, 8), 1.5, "ratio", "UNSCORED", "It is calm.",
    (
        SignalInput("topix", date(2025, 4, 8), date(2025, 4, 8), "fresh", None),
        SignalInput("nikkei_vi", None, None, "missing", "vix"),
    ),
    {"variance": 0.1 + 0.2, "undefined": float("inf")},
)  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """A finding as a data check would state it."""

    series: str = "topix"
    session_date: date | None = date(2025, 4, 7)
    rule: str = "high_below_low"
    severity: str = "quarantined"
    observed: str = "high 1, low 2"
    expected: str = "high >= low"


def bars(
    closes: dict[str, float], series: str = "topix", finality: str | list[str] = "final", **other: float
) -> Bars:
    """Return bars with these closes by session; other columns are NaN unless given."""
    index = pd.DatetimeIndex(list(closes), name="session").as_unit("us")
    frame = pd.DataFrame({"close": list(closes.values())}, index=index, dtype="float64")
    for column in ("open", "high", "low", "volume"):
        frame[column] = other.get(column, np.nan)
    frame = frame[["open", "high", "low", "close", "volume"]].assign(finality=finality)
    return Bars(series, frame.astype({"finality": "str"}), "files", "a" * 64, MONDAY)


def provenance(world: str = "simulated") -> Provenance:
    """Return what a study of that world rests on."""
    return Provenance(
        world, "files", MONDAY, "a" * 64, "b" * 64, "c" * 64, 7, "0.1.0", ("a proxy stands in",)
    )


def study() -> StudyResult:
    """Return a result that holds every awkward value: NaN, NaT, None, infinities, -0.0, the tiniest float."""
    return StudyResult(
        design=Design(
            windows=((0, 0), (0, 4)),
            estimation_end=date(2025, 1, 31),
            level=0.1 + 0.2,
            masked=(date(2024, 8, 5), date(2024, 8, 6)),
            curve=True,
            family="study",
        ),
        seed=7,
        table=_table(),
        fits=_fits(),
        paths=_paths(),
        reactions=_reactions(),
        questions=_questions(),
        sizes=_sizes(),
        curve=_curve(),
        exclusions=(Exclusion("*", "jpx_nikkei_400", "no prices"), Exclusion("E05", "topix", "too short")),
        warnings=("Prices are provisional.",),
    )


def truth() -> pd.DataFrame:
    """Return what was planted in a simulated world."""
    return pd.DataFrame(
        {
            "event": ["E05"],
            "series": ["topix"],
            "session": pd.DatetimeIndex(["2025-04-03"]).as_unit("us"),
            "mean_effect": [-0.0],
            "variance_multiple": [4.0],
        }
    )


def _table() -> pd.DataFrame:
    days = pd.DatetimeIndex(["2025-04-03", None, "2025-04-04"]).as_unit("us")
    return pd.DataFrame(
        {
            "event": ["E05", "E05", "E06"],
            "series": ["topix", "nikkei225", "topix"],
            "window_start": [0, -1, 0],
            "window_end": [0, 1, 4],
            "statistic": ["AR", "CAR", "CAV"],
            "method": ["fhs", "garch_z", "sq_z"],
            "estimate": [-0.0, 0.1 + 0.2, np.nan],
            "se": [5e-324, np.inf, -np.inf],
            "lower": [np.nan, np.nan, np.nan],
            "upper": [1 / 3, 2 / 3, 1.7976931348623157e308],
            "p_value": [1e-4, np.nan, 0.5],
            "n": [9999, 0, 500],
            "floor": [1e-4, np.nan, 0.0],
            "mde": [2.5, np.nan, -0.0],
            "null_distribution": ["bootstrap", None, "normal"],
            "bridge": ["episode", "episode", "event"],
            "session": days,
            "phase": ["after", "before", None],
            "ambiguous": [True, False, False],
            "origin": days,
            "estimation_start": days,
            "estimation_end": days.as_unit("ns"),
            "clock": ["tokyo_close"] * 3,
            "proxy_of": pd.Series([None, None, None], dtype="object"),
            "episode": ["april", None, None],
            "fit_status": ["converged", "converged", "boundary"],
            "verdict": pd.Series([None, None, "undecided"], dtype="str"),
            "regime": ["q4", "", "q1"],
            "size": [0.0625, np.nan, 0.1 + 0.2],
            "size_error": [-0.0, np.nan, 5e-324],
            "family": ["april", "april", None],
            "p_adjusted": [2e-4, np.nan, np.nan],
            "p_holm": [3e-4, 1.0, np.nan],
            "p_bh": [1 / 3, 2 / 3, np.nan],
        }
    )


def _fits() -> pd.DataFrame:
    start, end = (
        pd.DatetimeIndex(["2023-01-04"]).as_unit("us"),
        pd.DatetimeIndex(["2025-01-31"]).as_unit("us"),
    )
    named = {"mean": "constant", "variance": "gjr", "dist": "t", "presample": "mean"}
    numbers = {
        "mu": 0.05, "phi": np.nan, "omega": 0.02, "alpha": 0.0, "gamma": 0.1, "beta": 0.9, "nu": 6.5,
        "lambda": np.nan, "loglikelihood": -700.125, "persistence": 0.95,
    }  # fmt: skip
    tests = dict.fromkeys(
        ["ljung_box_z_p", "ljung_box_z2_p", "arch_lm_p", "sign_bias_p", "pit_ks_p", "kappa"], 0.5
    )
    exactness = {
        "score_norm": 3e-13, "starts_gap": -0.0, "arch_loglikelihood": np.nan, "arch_optimum": 1 / 3,
        "influential": "2023-06-02 2024-10-01", "persistence_without": 0.1 + 0.2,
        "half_life": np.inf, "half_life_lower": 1 / 3, "half_life_upper": np.nan,
    }  # fmt: skip
    return pd.DataFrame(
        {"series": "topix", "estimation_start": start, "estimation_end": end, "n": 500, **named, **numbers,
         "status": "converged", **tests, "message": [None], **exactness}
    )  # fmt: skip


def _paths() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event": "E05",
            "series": "topix",
            "relative_day": [-1, 0],
            "session": pd.DatetimeIndex(["2025-04-02", "2025-04-03"]).as_unit("us"),
            "close": [100.0, 97.0],
            "log_return": [0.0, -3.0459207484708574],
            "abnormal_return": [0.1, -3.0],
            "car": [np.nan, -3.0],
            "car_lower": [np.nan, -5.0],
            "car_upper": [np.nan, -1.0],
            "forecast_variance": [1.0, 1.1],
            "filtered_variance": [1.0, 1.2],
        }
    )


def _reactions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event": ["E05", "E06"],
            "series": ["topix", "topix"],
            "clock": ["tokyo_close", "tokyo_close"],
            "session": pd.DatetimeIndex(["2025-04-03", "2025-04-04"]).as_unit("us"),
            "phase": ["closed", "open"],
            "ambiguous": [True, False],
            "other_session": pd.DatetimeIndex(["2025-04-04", None]).as_unit("us"),
        }
    )


def _questions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "question": ["returns", "volatility"],
            "direction": ["escalation", ""],
            "series": [None, "topix"],
            "window_start": [0, 0],
            "window_end": [4, 4],
            "statistic": ["SCAR", "CAV"],
            "method": ["episode_t", None],
            "estimate": [-0.1 - 0.2, np.nan],
            "se": [0.5, np.nan],
            "lower": [-np.inf, np.nan],
            "upper": [-0.0, np.nan],
            "p_value": [0.05, np.nan],
            "n": [7, 2],
            "floor": [0.0, np.nan],
            "mde": [1.5, np.nan],
            "null_distribution": ["Student t(6)", None],
            "p_holm": [0.1, np.nan],
            "refusal": ["", "2 episodes: not testable"],
            "left_out": ["april: its window also holds E06 (talks)", ""],
        }
    )


def _sizes() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": "topix",
            "window_start": [0, 0],
            "window_end": [4, 4],
            "statistic": ["CAR", "CAV"],
            "method": ["fhs", "constant_chi2"],
            "regime": ["all", "top5"],
            "size": [0.05, np.nan],
            "error": [1 / 3, np.nan],
            "n": [4000, 0],
        }
    )


def _curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event": "E05",
            "series": "topix",
            "clock": "tokyo_close",
            "window_start": 0,
            "window_end": [0, 4, 4],
            "statistic": "CAR",
            "mean": "constant",
            "variance": ["gjr", "garch", "egarch"],
            "dist": "t",
            "estimation": [250, 500, 1000],
            "gap": 10,
            "bridge": ["episode", "event", None],
            "masked": ["", "2024-08-05 2024-08-06", None],
            "estimate": [-0.0, 1 / 3, np.nan],
            "deviation": [1.5, 5e-324, np.nan],
            "p_value": [0.05, 1e-4, np.nan],
            "method": ["fhs", "placebo_matched", None],
            "n": [250, 4000, 0],
            "floor": [0.0, 1e-4, np.nan],
            "fit_status": ["converged", "boundary", "not_converged"],
            "agrees": [True, False, False],
        }
    )


def address(path: Path) -> str:
    """Return the address of an SQLite file."""
    return f"sqlite:///{path}"


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def row_counts(path: Path) -> dict[str, int]:
    """Return the number of rows of every table, read past the code under test."""
    with closing(sqlite3.connect(path)) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}


def ask(path: Path, query: str) -> list[tuple[object, ...]]:
    """Return what plain SQLite answers, past the code under test."""
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(query).fetchall()
