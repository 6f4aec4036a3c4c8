"""Every conformance row of many events, multiplicity and joint paths names a test that exists."""

import ast

import pytest

from tests.conformance_events import EVENTS
from tests.house.source import ROOT


@pytest.mark.parametrize("where", sorted({row.where for row in EVENTS}))
def test_the_evidence_that_a_row_of_many_events_names_is_there(where):
    path, _, name = where.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
