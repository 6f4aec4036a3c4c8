"""The guarded doorway: every start beside a foreign `db` or `jobs` either works or says so in a sentence.

Most tests install a small copy of the service: the real doorway and marks, with a command line that only says
that it was reached. Python runs without site-packages there, so that nothing else installed can answer.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = ("eventstudy/__init__.py", "eventstudy/__main__.py", "eventstudy/errors.py")
SHIPPED += ("db/__init__.py", "jobs/__init__.py", "jobs/__main__.py")
REACHED = "the command line was reached\n"
FOREIGN = "raise SystemExit('someone else was run')\n"
SCRIPT = "from eventstudy.__main__ import main\nmain()\n"
# What an editable install does: its finder is asked after every folder on the path.
EDITABLE = """
import sys
from importlib.util import spec_from_file_location

class Finder:
    def find_spec(name, path=None, target=None):
        if name in ("eventstudy", "db", "jobs"):
            return spec_from_file_location(name, f"INSTALLED/{name}/__init__.py")

sys.meta_path.append(Finder)
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that plays the site-packages into which the service was installed."""
    for name in SHIPPED:
        target = tmp_path / "installed" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    folder = tmp_path / "installed"
    (folder / "jobs" / "cli.py").write_text(f"def main() -> None:\n    print({REACHED.strip()!r})\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "eventstudy").write_text(SCRIPT)
    return folder


@pytest.fixture
def own_files(tmp_path: Path) -> Path:
    """A user's folder with a `db.py` and a `jobs.py` of its own."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("db.py", "jobs.py"):
        (folder / name).write_text(FOREIGN)
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def start(*arguments: str | Path, cwd: Path, path: list[Path], site: str = "-S"):
    """Run Python in a folder, with the given folders as PYTHONPATH."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "EVENTSTUDY"))}
    environment = {**kept, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *([site] if site else []), *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def assert_reached(done) -> None:
    assert (done.returncode, done.stdout, done.stderr) == (0, REACHED, "")


def assert_refused(done, name: str, found: Path | None, remedy: str) -> None:
    """One sentence on standard error that names the thing and the remedy, and exit code 2."""
    where = f"resolves to {found}, which is not part of" if found else "is missing from"
    sentence = f"error: the name '{name}' {where} this service; {remedy}.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", sentence)


def test_the_installed_command_works_in_a_folder_with_foreign_files(installed, own_files):
    script = installed.parent / "bin" / "eventstudy"
    assert_reached(start(script, cwd=own_files, path=[installed]))


@pytest.mark.parametrize("module", ["eventstudy", "jobs"])
def test_both_modules_lead_to_the_command_line(installed, empty, module):
    assert_reached(start("-m", module, cwd=empty, path=[installed]))


def test_the_module_refuses_a_foreign_file_in_the_current_folder_and_never_runs_it(installed, own_files):
    done = start("-m", "eventstudy", cwd=own_files, path=[installed])
    remedy = "run it from another folder, or as `python -P -m eventstudy`"
    assert_refused(done, "jobs", own_files / "jobs.py", remedy)


def test_a_foreign_database_module_is_refused_too(installed, own_files):
    (own_files / "jobs.py").unlink()
    for module in ("eventstudy", "jobs"):
        done = start("-m", module, cwd=own_files, path=[installed])
        remedy = "run it from another folder, or as `python -P -m eventstudy`"
        assert_refused(done, "db", own_files / "db.py", remedy)


def test_the_remedy_for_the_current_folder_helps(installed, own_files):
    assert_reached(start("-P", "-m", "eventstudy", cwd=own_files, path=[installed]))


def test_the_installed_command_refuses_a_foreign_file_on_the_search_path(installed, own_files, empty):
    script = installed.parent / "bin" / "eventstudy"
    done = start(script, cwd=empty, path=[own_files, installed])
    assert_refused(done, "jobs", own_files / "jobs.py", f"take {own_files} off PYTHONPATH")


def test_a_foreign_file_later_on_the_search_path_does_no_harm(installed, own_files, empty):
    assert_reached(start("-m", "eventstudy", cwd=empty, path=[installed, own_files]))


@pytest.mark.parametrize("name", ["jobs", "db"])
def test_a_package_overwritten_by_another_distribution_is_noticed(installed, empty, name):
    ours = installed / name / "__init__.py"
    ours.write_text("PART_OF = 'another distribution'\n")
    done = start("-m", "eventstudy", cwd=empty, path=[installed])
    assert_refused(done, name, ours, "install eventstudy again, in an environment of its own")


def test_a_package_half_removed_with_another_distribution_is_noticed(installed, empty):
    (installed / "db" / "__init__.py").unlink()
    done = start("-m", "eventstudy", cwd=empty, path=[installed])
    assert_refused(done, "db", installed / "db", "install eventstudy again, in an environment of its own")


def test_a_package_that_is_gone_is_noticed(installed, empty):
    shutil.rmtree(installed / "db")
    done = start("-m", "eventstudy", cwd=empty, path=[installed])
    assert_refused(done, "db", None, "install eventstudy again, in an environment of its own")


def test_another_distribution_that_wins_over_ours_is_noticed(installed, empty, tmp_path):
    other = tmp_path / "other" / "db" / "__init__.py"
    other.parent.mkdir(parents=True)
    other.write_text(FOREIGN)
    begin = f"import sys; sys.path.insert(0, {str(tmp_path / 'other')!r})\n"
    done = start("-c", begin + SCRIPT, cwd=empty, path=[installed])
    assert_refused(done, "db", other, "install eventstudy in an environment of its own")


def test_folders_of_data_in_the_current_folder_do_no_harm_to_an_installed_wheel(installed, empty):
    for name in ("db", "jobs"):
        (empty / name).mkdir()
    assert_reached(start("-m", "eventstudy", cwd=empty, path=[installed]))


def test_folders_of_data_that_win_over_an_editable_install_are_noticed(installed, empty):
    (empty / "jobs").mkdir()
    begin = EDITABLE.replace("INSTALLED", str(installed))
    done = start("-c", begin + SCRIPT, cwd=empty, path=[])
    remedy = "run it from another folder, or as `python -P -m eventstudy`"
    assert_refused(done, "jobs", empty / "jobs", remedy)
    (empty / "jobs").rmdir()
    assert_reached(start("-c", begin + SCRIPT, cwd=empty, path=[]))


def test_analysis_is_imported_beside_foreign_files_and_takes_nothing_from_them(installed, own_files):
    (own_files / "db.py").write_text("mine = 42\n")
    done = start("-c", "import eventstudy, db; print(db.mine)", cwd=own_files, path=[installed])
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")


def test_the_refusal_is_one_json_document_when_json_is_asked_for(installed, own_files):
    done = start("-m", "eventstudy", "status", "--json", cwd=own_files, path=[installed])
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 2
    assert error["kind"] == "foreign_package"
    assert str(own_files / "jobs.py") in error["message"]
    assert error["remedy"] == "run it from another folder, or as `python -P -m eventstudy`"


@pytest.mark.parametrize("module", ["eventstudy", "jobs"])
def test_the_real_command_line_answers_through_the_doorway(empty, module):
    done = start("-m", module, "--help", cwd=empty, path=[ROOT], site="")
    assert (done.returncode, done.stderr) == (0, "")
    assert "demo" in done.stdout


def test_the_real_command_line_is_guarded(own_files):
    done = start("-m", "eventstudy", "--help", cwd=own_files, path=[ROOT], site="")
    assert done.returncode == 2
    assert str(own_files / "jobs.py") in done.stderr
