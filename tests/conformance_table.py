"""All conformance rows together, and the defects of other programs with the tests that show them absent."""

import ast
import re

from tests.conformance import PANEL, Row
from tests.conformance_events import EVENTS
from tests.conformance_single import SINGLE
from tests.conformance_study import STUDY
from tests.house.source import ROOT

GROUPS: dict[str, list[Row]] = {
    "one event": [*SINGLE],
    "placebos, families, specifications": [*STUDY],
    "many events": [*EVENTS],
    "panels": [*PANEL],
}
DEFECTS: dict[int, str] = {
    1: "one statistic repeated for every day; a calendar-time test in event time",
    2: "no forecast error in standardised returns; residuals paired by event time; average in-sample sigma",
    3: "a firm with several events multiplied by a join; Patell over the root of sigma",
    4: "CAR error that sums daily variances; degrees of freedom of another model",
    5: "one-sided quantile in a two-sided band; event days in the variance; wrong degrees of freedom",
    6: "windows of calendar days; degrees of freedom from the event window; covariances dropped",
    7: "events on no session vanish; residuals squared before their deviation; raw on excess returns",
    8: "residual variance on n - 1 for factor models; GRANK off by one; Wilcoxon within a security",
    9: "Kolari-Pynnonen with the diagonal among the correlations",
    10: "a shift moves the event but not its estimation window",
    11: "calendar days where sessions are meant",
    12: "t divided by root N instead of multiplied",
    13: "optimisers that fail in silence",
    14: "dependent events taken for independent ones",
}
NUMBERED = re.compile(r"^test_defects?_((?:\d+_)(?:(?:and_)?\d+_)*)")


def defect_tests() -> dict[int, list[str]]:
    """Return the tests that show each defect absent, by its number."""
    found: dict[int, list[str]] = {number: [] for number in DEFECTS}
    for path in sorted((ROOT / "tests" / "unit").glob("test_peer_defects_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            named = NUMBERED.match(node.name) if isinstance(node, ast.FunctionDef) else None
            for number in re.findall(r"\d+", named.group(1)) if named else []:
                found[int(number)].append(f"{path.name}::{node.name}")
    return found


def names_of(path: str) -> set[str]:
    """Return the functions that a test file defines."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
