"""Where machine code is kept: in a folder named for the sources, and nowhere when nothing can be written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eventstudy.garch import compiled

GARCH = Path(compiled.__file__).parent
ASK = "from eventstudy.garch.compiled import cache_folder, kernel\nprint(cache_folder())\n"
DOUBLE = ASK + "@kernel\ndef double(x: float) -> float:\n    return 2 * x\n\nprint(double(21.0))\n"


def run(program: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = folder / "program.py"
    script.write_text(program, encoding="utf-8")
    known = {**os.environ, "PYTHONPATH": str(GARCH.parent.parent), **environment}
    return subprocess.run(
        [sys.executable, str(script)], env=known, capture_output=True, text=True, check=True, timeout=250
    )


def copied_package(folder: Path) -> Path:
    """A copy of the part of the package that the compiler needs, free to be changed."""
    target = folder / "eventstudy" / "garch"
    shutil.copytree(GARCH, target, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "eventstudy" / "__init__.py").touch()
    (target / "__init__.py").write_text("", encoding="utf-8")
    return target


def test_machine_code_is_kept_where_the_user_asks(tmp_path):
    done = run(DOUBLE, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    folder, answer = done.stdout.split()
    assert answer == "42.0"
    assert Path(folder).parent == tmp_path / "cache"
    assert list(Path(folder).rglob("*.nbi"))


@pytest.mark.parametrize("variables", [("NUMBA_CACHE_DIR",), ("XDG_CACHE_HOME",)])
def test_without_a_folder_to_write_the_engine_still_works(tmp_path, variables):
    blocked = tmp_path / "file"
    blocked.touch()
    places = dict.fromkeys(variables, str(blocked / "cache"))
    if "NUMBA_CACHE_DIR" not in places:
        places["NUMBA_CACHE_DIR"] = ""
    assert run(DOUBLE, tmp_path, **places).stdout.split() == ["None", "42.0"]


def test_a_change_of_any_kernel_changes_the_folder(tmp_path):
    package = copied_package(tmp_path)
    places = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}
    before = run(ASK, tmp_path, **places).stdout
    assert run(ASK, tmp_path, **places).stdout == before
    for name in ("news.py", "sample.py", "lanes.py"):
        with (package / name).open("a", encoding="utf-8") as source:
            source.write("\n")
        after = run(ASK, tmp_path, **places).stdout
        assert after != before, name
        before = after


@pytest.mark.slow
def test_the_first_fit_says_that_it_compiles_and_the_next_process_does_not(tmp_path):
    fit = (
        "import numpy as np, eventstudy as es\nes.fit(np.random.default_rng(1).normal(size=100), starts=1)\n"
    )
    first = run(fit, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    second = run(fit, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert first.stderr.count("compiling the volatility engine") == 1
    assert second.stderr == ""
