"""Who may import whom: the layers, one home for each outside package, no circles, pure analysis."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.source import DOORWAY, PACKAGES, ROOT, Source, assert_none, package_files

HOMES = {
    "arch": "eventstudy/garch/adapter.py",
    "yfinance": "jobs/providers/yahoo.py",
    "apscheduler": "jobs/scheduler.py",
    "sqlalchemy": "db/",
    "alembic": "db/",
    "httpx": "jobs/providers/http.py",
}
DATA_OF_ANALYSIS = (
    "eventstudy.claims",
    "eventstudy.values",
    "eventstudy.series",
    "eventstudy.results",
    "eventstudy.errors",
)
RUNNING_JOBS = ("jobs.providers", "jobs.pipelines", "jobs.scheduler")
OUTSIDE_MODULES = {
    *("os", "io", "pathlib", "shutil", "glob", "tempfile", "fileinput", "subprocess", "multiprocessing"),
    *("socket", "ssl", "http", "urllib", "httpx", "requests", "asyncio", "sqlite3", "dbm", "logging"),
    *("time", "random", "getpass", "platform", "sys", "signal"),
}
OUTSIDE_NAMES = {"open", "print", "input", "exec", "eval", "__import__", "Path"}
OUTSIDE_CALLS = {
    *("now", "utcnow", "today", "getenv", "environ"),
    *("read_csv", "read_parquet", "read_json", "read_sql", "read_text", "write_text", "to_sql", "to_parquet"),
    *("write_html", "write_image", "set_state"),
}
# The compiler keeps machine code in the user's cache folder and says when it has to make it anew.
COMPILER = "eventstudy/garch/compiled.py"
PURE_PARTS = ("urllib.parse",)
PACKAGE_DATA = "files('eventstudy."  # importlib.resources: part of the program, like its code


def strays(source: Source) -> list[str]:
    """Imports of an outside package away from its home."""
    return [
        f"{source.path} imports {name}, whose home is {home}"
        for name in sorted(source.imports())
        for package, home in HOMES.items()
        if name.split(".")[0] == package and not source.path.startswith(home)
    ]


def overreaches(source: Source) -> list[str]:
    """What `db` imports of the analysis beyond its values, and what the pages import of the running jobs."""
    if source.path.startswith("db/"):
        foreign = {name for name in source.imports() if name.split(".")[0] == "eventstudy"}
        wrong = {name for name in foreign if not name.startswith(DATA_OF_ANALYSIS)}
    elif source.path.startswith("jobs/web/"):
        wrong = {name for name in source.imports() if name.startswith(RUNNING_JOBS)}
    else:
        wrong = set()
    return [f"{source.path} imports {name}" for name in sorted(wrong)]


def impurities(source: Source) -> list[str]:
    """Every name in `eventstudy` that reaches a file, clock, network, log, terminal or hidden seed."""
    modules = [name for name in sorted(source.imports()) if name.split(".")[0] in OUTSIDE_MODULES]
    found = [f"{source.path} imports {name}" for name in modules if not name.startswith(PURE_PARTS)]
    reaching = [node for node in ast.walk(source.tree) if _reaches_outside(node)]
    return found + [f"{source.path}:{node.lineno} names {ast.unparse(node)}" for node in reaching]


def _reaches_outside(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id in OUTSIDE_NAMES
    if isinstance(node, ast.Attribute):
        if ast.unparse(node).startswith(PACKAGE_DATA):
            return False
        hidden_seed = ast.unparse(node.value) in {"np.random", "numpy.random"} and node.attr.islower()
        return node.attr in OUTSIDE_CALLS or (hidden_seed and node.attr != "default_rng")
    return isinstance(node, ast.Call) and not node.args and ast.unparse(node.func).endswith("default_rng")


def circle(sources: list[Source] | tuple[Source, ...]) -> list[str]:
    """The modules of one import circle, in order; empty when there is none."""
    modules = {source.module for source in sources}
    graph = {
        source.module: {known for name in source.imports() if (known := _module_of(name, modules))}
        for source in sources
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _module_of(name: str, modules: set[str]) -> str | None:
    """The module that an imported name is, or comes from."""
    return (
        name if name in modules else next((one for one in [name.rpartition(".")[0]] if one in modules), None)
    )


def test_every_outside_package_has_one_home():
    assert_none([stray for source in package_files() for stray in strays(source)])


def test_the_database_knows_only_values_and_the_pages_start_nothing():
    assert_none([found for source in package_files() for found in overreaches(source)])


def test_every_home_exists():
    assert_none([home for home in HOMES.values() if not (ROOT / home).exists()])


def test_analysis_names_nothing_of_the_outside_world():
    outer = {DOORWAY, COMPILER}
    pure = [one for one in package_files() if one.path.startswith("eventstudy/") and one.path not in outer]
    assert len(pure) > 20  # the law would hold of an empty list too
    assert_none([found for source in pure for found in impurities(source)])


def test_no_module_imports_itself_in_a_circle():
    assert_none(circle(package_files()))


def test_every_folder_with_code_is_a_package():
    folders = {Path(source.path).parent for source in package_files()}
    assert [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").is_file()] == []


def test_every_package_carries_the_mark_of_the_house_and_its_types():
    for package in PACKAGES:
        assert 'PART_OF = "eventstudy"' in (ROOT / package / "__init__.py").read_text("utf-8").splitlines()
        assert (ROOT / package / "py.typed").is_file()


def test_the_contracts_on_layers_are_kept():
    tool = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [tool, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("path", "code", "law", "complaints"),
    [
        ("eventstudy/study.py", "from arch import arch_model", strays, 1),
        ("eventstudy/study.py", "from archive import arch", strays, 0),
        ("eventstudy/garch/adapter.py", "def f():\n    import arch.univariate", strays, 0),
        ("jobs/cli.py", "importlib.import_module('sqlalchemy')", strays, 1),
        ("db/a.py", "from eventstudy.values import Bars\nfrom eventstudy import study", overreaches, 1),
        ("db/a.py", "import eventstudy", overreaches, 1),
        ("jobs/web/a.py", "from db import open_store\nfrom jobs.scheduler import start", overreaches, 1),
        ("jobs/a.py", "from jobs.scheduler import start\nimport eventstudy", overreaches, 0),
        ("eventstudy/a.py", "from pathlib import Path", impurities, 1),
        ("eventstudy/a.py", "import os.path", impurities, 1),
        ("eventstudy/a.py", "from urllib.parse import quote", impurities, 0),
        ("eventstudy/a.py", "from urllib import request", impurities, 1),
        ("eventstudy/a.py", "from datetime import time", impurities, 0),
        ("eventstudy/a.py", "x = datetime.now(UTC)", impurities, 1),
        ("eventstudy/a.py", "x = np.random.default_rng(seed)", impurities, 0),
        ("eventstudy/a.py", "x = np.random.default_rng()", impurities, 1),
        ("eventstudy/a.py", "x = np.random.standard_normal(3)", impurities, 1),
        ("eventstudy/a.py", "x = files('eventstudy.report').joinpath('a').read_text()", impurities, 0),
        ("eventstudy/a.py", "x = files.joinpath('a').read_text()", impurities, 1),
        ("eventstudy/a.py", "with open('a') as f: print(f)", impurities, 2),
    ],
)
def test_the_laws_of_imports_find_what_they_forbid_and_nothing_else(path, code, law, complaints):
    assert len(law(Source(path, code))) == complaints


def test_a_circle_is_found_through_packages_and_relative_imports():
    planted = [
        Source("eventstudy/a.py", "from eventstudy.b.c import thing"),
        Source("eventstudy/b/__init__.py", ""),
        Source("eventstudy/b/c.py", "from ..d import thing"),
        Source("eventstudy/d.py", "from eventstudy import a"),
    ]
    assert set(circle(planted)) == {"eventstudy.a", "eventstudy.b.c", "eventstudy.d"}
    assert circle(planted[:3]) == []
