"""Everything public is annotated and documented, and nothing is left half done."""

import ast
import re

import pytest

from tests.house.source import Function, Source, assert_none, matches, package_files, shipped_files

ARRAY = re.compile(r"\b(np\.ndarray|NDArray|(Float|Bool|Int)[12N]D|pd\.(Series|DataFrame|\w*Index))\b")
SHAPE = re.compile(r"\b(index|columns?|rows?|shape|length|one (value|number) (a|per))\b", re.IGNORECASE)
MOST_ARGUMENTS_WITHOUT_A_SECTION = 3
# A command's docstring is its help, a page's is its description; each argument's own help stands beside it.
ENTRANCES = {"command", "callback", "get", "post"}


def sources_and_their_complaints(law):
    return [complaint for source in package_files() for complaint in law(source)]


def unannotated(source: Source) -> list[str]:
    return [
        f"{one.where}: {'its result' if argument is None else argument.arg} has no annotation"
        for one in source.functions()
        for argument in [*one.arguments, None]
        if (one.node.returns if argument is None else argument.annotation) is None
    ]


def undocumented(source: Source) -> list[str]:
    things = [*source.public_things(), (source.path, source.tree)] if source.text else []
    return [f"{where} has no docstring" for where, node in things if not ast.get_docstring(node)]


def is_entrance(function: Function) -> bool:
    calls = [one.func for one in function.node.decorator_list if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Attribute) and one.attr in ENTRANCES for one in calls)


def takes_what_must_be_described(function: Function) -> bool:
    """An array or a frame, or more arguments than a sentence can hold."""
    kinds = [ast.unparse(one.annotation) for one in function.arguments if one.annotation]
    return len(kinds) > MOST_ARGUMENTS_WITHOUT_A_SECTION or any(ARRAY.search(kind) for kind in kinds)


def gives_what_must_be_described(function: Function) -> bool:
    """An array or a frame, unless nothing goes in and the sentence itself tells the shape."""
    told = not function.arguments and SHAPE.search(function.docstring)
    result = function.node.returns
    return result is not None and bool(ARRAY.search(ast.unparse(result))) and not told


def undescribed(source: Source) -> list[str]:
    """Public functions whose numpy-style docstring lacks a section that an array or many arguments need."""
    needed = {"Parameters": takes_what_must_be_described, "Returns": gives_what_must_be_described}
    return [
        f"{one.where} has no {section} section"
        for one in source.functions()
        for section, needs in needed.items()
        if one.public and not is_entrance(one) and needs(one)
        if not re.search(rf"^{section}\n-+$", one.docstring, re.MULTILINE)
    ]


def test_every_argument_and_every_result_is_annotated():
    assert_none(sources_and_their_complaints(unannotated))


def test_every_public_module_class_and_function_has_a_docstring():
    assert_none(sources_and_their_complaints(undocumented))


def test_every_array_and_every_long_argument_list_is_described():
    assert_none(sources_and_their_complaints(undescribed))


@pytest.mark.parametrize(
    ("code", "law", "complaints"),
    [
        ("def f(x: int) -> int: ...", unannotated, 0),
        ("def f(x) -> int: ...", unannotated, 1),
        ("def f(x: int): ...", unannotated, 1),
        ("class A:\n    def f(self, *y, **z) -> None: ...", unannotated, 2),
        ("'''Module.'''\ndef f() -> None:\n    '''Do.'''\n    def g() -> None: ...", undocumented, 0),
        ("'''Module.'''\ndef _f() -> None: ...", undocumented, 0),
        ("'''Module.'''\ndef f() -> None: ...", undocumented, 1),
        ("'''Module.'''\nclass A:\n    '''A.'''\n    def f(self) -> None: ...", undocumented, 1),
        ("x = 1", undocumented, 1),
        ("def f(x: float, y: int, z: str) -> float:\n    '''Sum.'''", undescribed, 0),
        ("def f(w: int, x: float, y: int, z: str) -> float:\n    '''Sum.'''", undescribed, 1),
        ("@app.command()\ndef f(x: Float1D) -> None:\n    '''Do.'''", undescribed, 0),
        ("def f(x: Float1D) -> Float1D:\n    '''Double.'''", undescribed, 2),
        (
            "def f(x: Float1D) -> float:\n    '''Sum.\n\n    Parameters\n    ----------\n    '''",
            undescribed,
            0,
        ),
        ("def f() -> pd.DataFrame:\n    '''Return the table.'''", undescribed, 1),
        ("def f() -> pd.DataFrame:\n    '''Return the table; columns a, b.'''", undescribed, 0),
    ],
)
def test_the_laws_of_words_find_what_they_forbid_and_nothing_else(code, law, complaints):
    assert len(law(Source("eventstudy/planted.py", code))) == complaints


# The forbidden words are put together here so that a search for them does not find this file.
UNFINISHED = "|".join(
    ["TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error", "pragma: no " + "cover"]
)
MACHINES = "|".join(["/" + "(work|root)" + "/", "/opt/" + "wheels", r"/\." + "pyenv"])
REGISTRIES = "|".join(
    ["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", r"deb(ian)?\." + r"(debian|org)"]
)


@pytest.mark.parametrize(
    "forbidden", [UNFINISHED, MACHINES, REGISTRIES], ids=["unfinished", "machines", "registries"]
)
def test_no_file_holds_unfinished_work_a_machine_path_or_the_host_of_a_registry(forbidden):
    assert_none(matches(forbidden, shipped_files()))


def test_forbidden_words_are_found_with_their_place(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text("x = 1\n# TO" + "DO: more\n")
    assert matches(UNFINISHED, [planted], tmp_path) == ["planted.py:2: # TO" + "DO: more"]
