"""The catalogue names every rule that the modules of quality tell, and no other."""

import ast
from pathlib import Path

import eventstudy.quality
from eventstudy.quality.catalogue import RULES

NAMES = {rule.name for rule in RULES}
FOLDER = Path(eventstudy.quality.__file__).parent


def literals():
    """Return every string of the package's modules but the catalogue's, docstrings included."""
    trees = [ast.parse(path.read_text("utf-8")) for path in FOLDER.glob("*.py") if path.stem != "catalogue"]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_no_rule_stands_there_that_nothing_tells():
    told = {*literals(), "stale series", "ended series"}  # those two are put together from a status
    assert NAMES - told == set()


def test_every_rule_that_a_docstring_announces_is_in_the_catalogue():
    announced = {
        line.split("(``")[1].split("``)")[0]
        for text in literals()
        for line in text.splitlines()
        if "(``" in line and "``)" in line
    }
    assert announced - NAMES == set()
    assert len(announced) > 15


def test_each_rule_stands_there_once_with_words():
    assert len(NAMES) == len(RULES)
    assert all(len(rule.found.split()) >= 3 for rule in RULES)
    assert {rule.name for rule in RULES if rule.severity == "quarantined"} == {
        "no session",
        "missing close",
        "not a price",
    }
