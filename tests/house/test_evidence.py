"""What tests may lean on: fakes at the seams, no mocks, no expected failures, no silent skips."""

import ast

import pytest

from tests.house.source import Source, assert_none, python_files

MOCKS = ("unittest.mock", "mock", "pytest_mock")
PATCHES = {"setattr", "delattr", "setitem", "delitem"}
# The two outside things that a machine may lack: the real prices and a browser.
MAY_SKIP = ("tests/market.py", "tests/chromium.py", "tests/browser/")


def crutches(source: Source) -> list[str]:
    """Every mock, patch, expected failure and skip in a test file."""
    found = [f"{source.path} imports {name}" for name in sorted(source.imports()) if name.startswith(MOCKS)]
    used = [node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)]
    return found + [
        f"{source.path}:{node.lineno} uses {ast.unparse(node)}" for node in used if _is_crutch(source, node)
    ]


def _is_crutch(source: Source, node: ast.Attribute) -> bool:
    owner = ast.unparse(node.value)
    if owner == "monkeypatch":
        return node.attr in PATCHES
    if node.attr in {"skip", "skipif", "importorskip"} and owner in {"pytest", "pytest.mark"}:
        return not source.path.startswith(MAY_SKIP)
    return node.attr == "xfail" and owner.startswith("pytest")


def test_tests_use_no_mock_no_patch_no_expected_failure_and_no_skip():
    assert_none([found for source in python_files("tests") for found in crutches(source)])


@pytest.mark.parametrize(
    ("code", "complaints"),
    [
        ("from unittest.mock import patch", 1),
        ("import unittest.mock", 1),
        ("def test_a(monkeypatch): monkeypatch.setattr(study, 'fit', None)", 1),
        ("def test_a(monkeypatch): monkeypatch.setenv('EVENTSTUDY_SEED', '1')", 0),
        ("import pytest\n@pytest.mark.xfail\ndef test_a(): ...", 1),
        ("import pytest\n@pytest.mark.skipif(True, reason='')\ndef test_a(): ...", 1),
        ("import pytest\n@pytest.mark.market\ndef test_a(): ...", 0),
    ],
)
def test_the_laws_of_evidence_find_what_they_forbid_and_nothing_else(code, complaints):
    assert len(crutches(Source("tests/unit/planted.py", code))) == complaints
