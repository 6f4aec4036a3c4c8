"""The top level is fixed: what lies in the project's folder is allowed there by name."""

from tests.house.source import ROOT, TOP_LEVEL, is_ignored

ABOUT_GIT = {".git", ".gitignore", ".gitattributes"}


def test_the_top_level_holds_only_the_allowed_names_and_what_git_ignores():
    present = {path.name for path in ROOT.iterdir() if not is_ignored(path)}
    assert present - ABOUT_GIT - TOP_LEVEL == set()


def test_the_fixed_names_are_all_there():
    fixed = {"eventstudy", "jobs", "db", "tests", "pyproject.toml", "README.md"}
    assert {name for name in fixed if not (ROOT / name).exists()} == set()


def test_no_test_folder_takes_the_name_of_a_package():
    folders = {path.name for path in (ROOT / "tests").rglob("*") if path.is_dir()}
    assert folders & {"db", "jobs", "eventstudy"} == set()


def test_test_files_have_names_of_their_own():
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()
