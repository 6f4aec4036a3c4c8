"""What the p-values are worth, in raw numbers: true sizes by regime, and what adjusting leaves of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.report import tables

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.results import StudyResult

SIZE_TEST = ["statistic", "method"]
FAMILY_COLUMNS: tuple[str, ...] = (
    "family", "statistic", "tests", "raw", "holm", "bh", "stepped_tests", "stepped_raw", "stepped",
)  # fmt: skip


def pooled_sizes(result: StudyResult) -> pd.DataFrame:
    """Pool the size of each test over series and windows.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    DataFrame
        One row per (statistic, method, regime) in the order of the result: ``size`` (share of all dates that
        reject), ``lowest`` and ``highest`` of one series and window, ``error`` (mean standard error of one:
        series and windows share their dates, so that pooling makes none smaller) and ``n`` (dates, those of
        each series and window counted apart). Index 0..n-1.
    """
    sizes = result.sizes.dropna(subset=["size"])
    keys = [*SIZE_TEST, "regime"]
    counted = sizes.assign(rejected=sizes["size"] * sizes["n"])
    pooled = counted.groupby(keys, sort=False).agg(
        rejected=("rejected", "sum"),
        lowest=("size", "min"),
        highest=("size", "max"),
        error=("error", "mean"),
        n=("n", "sum"),
    )
    shares = pooled["rejected"] / pooled["n"]
    return pooled.assign(size=shares).drop(columns="rejected").reset_index()


def family_counts(result: StudyResult) -> pd.DataFrame:
    """Count what is rejected before and after adjusting for the number of tests.

    Parameters
    ----------
    result : StudyResult
        The study.

    Returns
    -------
    DataFrame
        One row per (family, statistic), families in the order of the result; columns `FAMILY_COLUMNS`, all
        counts: ``tests`` of the headline, how many of them reject at the level as they are (``raw``), after
        Holm and after Benjamini and Hochberg; then the tests that have joint paths, how many reject along
        these as they are and after Romano and Wolf's step-down.
    """
    level, table = result.design.level, result.table
    own = tables.headline_rows(table[table["p_holm"].notna()])
    counts = _rejections(own, level, {"raw": "p_value", "holm": "p_holm", "bh": "p_bh"}, "tests")
    joint = table[table["p_adjusted"].notna()]
    stepped = {"stepped_raw": "p_value", "stepped": "p_adjusted"}
    paths = _rejections(joint, level, stepped, "stepped_tests").reindex(counts.index, fill_value=0)
    return counts.join(paths).reset_index()[list(FAMILY_COLUMNS)]


def _rejections(rows: pd.DataFrame, level: float, names: dict[str, str], total: str) -> pd.DataFrame:
    """Count the rows of each family and statistic, and those whose p-values are at most the level."""
    judged = rows.assign(**{name: rows[column] <= level for name, column in names.items()})
    groups = judged.groupby(["family", "statistic"], sort=False)
    return groups[list(names)].sum().assign(**{total: groups.size()})
