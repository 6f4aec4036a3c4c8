"""Small functions and small modules: the budgets of the house, counted on the syntax trees."""

from statistics import median

import pytest

from tests.house.source import Function, Source, assert_none, package_files

LONGEST_FUNCTION, LONGEST_MODULE, USUAL_FUNCTION = 60, 400, 10


def every_function() -> list[Function]:
    return [function for source in package_files() for function in source.functions()]


def too_long(functions: list[Function]) -> list[str]:
    return [f"{one.where} has {one.lines} lines" for one in functions if one.lines > LONGEST_FUNCTION]


def test_no_function_body_is_longer_than_a_screen():
    assert_none(too_long(every_function()))


def test_half_of_all_function_bodies_fit_in_ten_lines():
    assert median(function.lines for function in every_function()) <= USUAL_FUNCTION


def test_no_module_is_longer_than_four_hundred_lines():
    lengths = {source.path: len(source.text.splitlines()) for source in package_files()}
    long = {path: length for path, length in lengths.items() if length > LONGEST_MODULE}
    assert_none([f"{path} has {length} lines" for path, length in long.items()])


@pytest.mark.parametrize(("statements", "complaints"), [(60, 0), (61, 1)])
def test_a_body_is_counted_without_its_docstring_and_with_its_blank_lines(statements, complaints):
    body = "    '''One.\n\n    Two.\n    '''\n" + "    x = 1\n\n" * ((statements - 1) // 2)
    body += "    x = 1\n" * (1 + (statements - 1) % 2)
    [function] = Source("eventstudy/planted.py", f"def planted():\n{body}").functions()
    assert function.lines == statements
    assert len(too_long([function])) == complaints
