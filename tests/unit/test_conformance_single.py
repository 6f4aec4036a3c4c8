"""Every conformance row of a single event names a test that exists."""

import ast

import pytest

from tests.conformance_single import SINGLE
from tests.house.source import ROOT


@pytest.mark.parametrize("where", sorted({row.where for row in SINGLE}))
def test_the_evidence_that_a_row_names_is_there(where):
    path, _, name = where.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
