"""The page of panels names every model, test, choice and result that there is."""

from dataclasses import fields
from inspect import signature

import pytest

import eventstudy as es
from eventstudy.inference.panel.battery import COLUMNS, TESTS
from eventstudy.inference.panel.placement import DATE_POLICIES
from eventstudy.inference.panel.regression import ERRORS
from eventstudy.inference.panel.spans import RETURN_UNITS
from eventstudy.models import MODELS
from tests.documents.pages import DOCS

PAGE = (DOCS / "panel.md").read_text("utf-8")


def section(heading):
    """Return what stands under a heading."""
    return PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def first_cells(heading):
    """Return the first cells of the tables under a heading, without their headings."""
    rows = [
        line.split(" | ")[0].strip("| ") for line in section(heading).splitlines() if line.startswith("|")
    ]
    return [cell.strip("`") for cell in rows if cell.startswith("`")]


def test_every_model_has_its_line_in_the_order_of_the_table():
    assert [cell for cell in first_cells("Models of expected returns") if cell != "model"] == list(MODELS)


def test_every_test_has_its_line_in_the_order_of_the_battery():
    assert first_cells("The battery") == list(TESTS)


def test_every_argument_has_its_line():
    told = "\n".join(first_cells("What it takes"))
    assert [name for name in signature(es.panel_study).parameters if name not in told] == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("options", [field.name for field in fields(es.PanelOptions)]),
        ("date policies", DATE_POLICIES),
        ("units", RETURN_UNITS),
        ("errors", ERRORS),
        ("columns", COLUMNS),
    ],
)
def test_every_word_that_is_accepted_or_given_back_is_there(kind, words):
    assert [word for word in words if f"`{word}`" not in PAGE] == [], kind
