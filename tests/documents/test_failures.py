"""The table of failure modes: each is of a known area and names a test that exists."""

import ast
from collections import Counter
from pathlib import Path

from tests.failures import AREAS, failure_modes

ROOT = Path(__file__).parents[2]


def names_in(file):
    return {node.name for node in ast.walk(ast.parse((ROOT / file).read_text("utf-8"))) if proves(node)}


def proves(node):
    return (isinstance(node, ast.FunctionDef) and node.name.startswith("test_")) or is_machine(node)


def is_machine(node):
    """Return whether a node is a class of a state machine, which runs as ``TestX``."""
    return isinstance(node, ast.ClassDef) and node.name.startswith("Test")


def test_every_failure_mode_names_a_test_that_exists():
    files = {mode.test.partition("::")[0] for mode in failure_modes()}
    known = {f"{file}::{name}" for file in files for name in names_in(file)}
    assert {mode.test for mode in failure_modes()} - known == set()


def test_every_area_has_failure_modes_and_no_other_area_is_named():
    assert {mode.area.lower() for mode in failure_modes()} == set(AREAS)


def test_no_failure_mode_is_told_twice():
    told = Counter((mode.area.lower(), mode.mode) for mode in failure_modes())
    assert [what for what, count in told.items() if count > 1] == []


def test_every_answer_is_a_few_words_that_fit_a_table():
    long = [mode.mode for mode in failure_modes() if len(mode.mode) > 160 or len(mode.answer) > 260]
    assert long == []
