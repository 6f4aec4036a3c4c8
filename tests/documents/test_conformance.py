"""The conformance matrix: every row names a test that exists, every battery has rows, every defect a test."""

import pytest

from eventstudy.inference.panel.battery import TESTS
from tests.conformance_table import DEFECTS, GROUPS, defect_tests, names_of

ROWS = [row for rows in GROUPS.values() for row in rows]


@pytest.mark.parametrize("where", sorted({row.where for row in ROWS}))
def test_the_evidence_that_a_conformance_row_names_is_there(where):
    path, _, name = where.partition("::")
    assert name in names_of(path)


def test_every_test_of_the_panel_battery_has_a_row():
    assert set(TESTS) <= {row.test for row in GROUPS["panels"]}


def test_every_method_of_one_event_and_of_many_has_a_row():
    told = " ".join(row.test for row in ROWS)
    methods = {
        "fhs", "fhs_block", "fhs_tails", "fhs_params", "garch_z", "constant_t", "hac_t", "sq", "sq_z",
        "joint_lr", "placebo", "placebo_matched", "parkinson", "garman_klass", "rogers_satchell",
        "yang_zhang", "episode_t", "sign_flip", "savickas", "grank_t", "grank_z", "kp_block_events",
        "kp_block_cells", "bgw_bootstrap", "bgw_fhs", "bgw_chi2", "wald",
    }  # fmt: skip
    assert {method for method in methods if method not in told} == set()


@pytest.mark.parametrize("number", DEFECTS)
def test_every_defect_of_the_peers_has_a_test_that_we_do_not_share_it(number):
    assert defect_tests()[number]


def test_every_row_says_formula_convention_oracle_and_tolerance():
    assert all(row.formula and row.convention and row.oracle and row.tolerance for row in ROWS)
