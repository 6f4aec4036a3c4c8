"""The README tells the truth: commands exist, its Python runs, its real table is what is printed."""

import re
from pathlib import Path

import pytest

from jobs import cli
from tests.market import market_folder

README = Path(__file__).parents[2] / "README.md"
STUDY = [
    "study", "--event", "E05", "--event", "E07", "--event", "E09", "--event", "E12",
    "--series", "nikkei225", "--series", "topix", "--series", "usdjpy_tokyo_1700",
]  # fmt: skip


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_the_python_example_runs_as_printed():
    (example,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert set(names["table"].event) == {"E05"}
    assert names["fit"].status in {"converged", "boundary"}


def test_every_command_shown_is_a_verb_or_a_make_target():
    shown = "\n".join(blocks("console"))
    makefile = (README.parent / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\$ make (\w+)", shown):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE)
    verbs = {command.callback.__name__ for command in cli.app.registered_commands}
    assert set(re.findall(r"eventstudy (\w+)", shown)) <= verbs


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((docs/[^)#]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / target).is_file(), target


@pytest.mark.market
def test_the_table_of_april_2025_is_what_the_command_prints(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    db = f"sqlite:///{tmp_path / 'real.db'}"
    series = [word for name in ("nikkei225", "topix", "usdjpy_tokyo_1700") for word in ("--series", name)]
    assert cli.run_command(["refresh", "--source", f"files:{market_folder()}", "--db", db, *series]) == 0
    assert cli.run_command([*STUDY, "--db", db]) == 0
    printed = capsys.readouterr().out
    (table,) = blocks("text")
    for row in table.strip().splitlines():
        assert row in printed
