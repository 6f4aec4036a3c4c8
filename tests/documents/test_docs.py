"""The pages of docs/ tell the truth: written by the program where they can be, complete, no dead ends."""

import json
import re
import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from db.runs import Run
from db.worlds import WORLDS
from eventstudy.garch import GarchFit
from eventstudy.garch.diagnostics import _ARCH_LAGS, _LJUNG_BOX_LAGS
from eventstudy.garch.recursion import PERSISTENCE_CAP, PERSISTENCE_GUARD
from eventstudy.quality.finding import Finding
from eventstudy.report.glossary import METHODS, STATISTICS
from eventstudy.results import FigureCheck, SignalInput, SignalReading
from eventstudy.series import SERIES
from eventstudy.sessions import CLOCKS
from eventstudy.signals import SIGNALS
from eventstudy.signals.base import MAX_AGE
from eventstudy.signals.collar import STANDING
from eventstudy.signals.nikkei_vi import DAYS
from eventstudy.values import BRIDGES, DIRECTIONS, INNOVATIONS, MEANS, PRESAMPLES, VARIANCES
from eventstudy.windows import CONTAMINATION_REACH
from jobs import cli
from jobs.pipelines.leases import LEASE, LOCK
from jobs.pipelines.nightly import PATIENCE, RESTS, SLOTS, STILL_EXPECTED, Night
from jobs.pipelines.signals import DESIGN as FORECAST_DESIGN
from jobs.providers import PROVIDERS
from jobs.scheduler import RECONCILE
from jobs.settings import PREFIX, Settings
from tests.documents.pages import DOCS, attributes, errors, pages, rewritten, verbs

ROOT = DOCS.parent
NAMED_PATH = re.compile(r"`((?:eventstudy|db|jobs|tests|benchmarks|docs)/[\w./<>-]*)`")
TO_BE_MADE = "<name>"


def text(name: str = "") -> str:
    """Return one page, or all of them."""
    return "\n".join(path.read_text("utf-8") for path in pages() if name in path.name)


def named(kind: type, attribute: str) -> set[str]:
    """Return the words that a record's docstring says an attribute can be."""
    return set(re.findall(r"`([^`]+)`", attributes(kind)[attribute]))


def in_backticks(words) -> list[str]:
    """Return the words that no page shows in backticks."""
    shown = text()
    return [word for word in words if f"`{word}`" not in shown]


def commands() -> list[str]:
    """Return every eventstudy command line that a page shows."""
    blocks = re.findall(r"```console\n(.*?)```", text(), flags=re.DOTALL)
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    inline = [found for found in re.findall(r"`(eventstudy [^`]+)`", text()) if not found.endswith("VERB")]
    return [line for line in [*lines, *inline] if line.startswith("eventstudy ") and "VERB" not in line]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_a_page_is_what_the_program_writes_and_its_examples_print(path):
    page = path.read_text("utf-8")
    assert rewritten(page) == page, "run python -m tests.documents.pages"


def test_every_verb_has_its_section_with_every_option():
    sections = dict(
        re.findall(r"^### eventstudy ([a-z ]+)\n(.*?)(?=^### |\Z)", text("cli"), re.DOTALL | re.MULTILINE)
    )
    assert list(sections) == list(verbs())
    for name, command in verbs().items():
        assert [
            shown
            for one in command.params
            for shown in ([one.metavar] if one.param_type_name == "argument" else one.opts)
            if f"`{shown}" not in sections[name]
        ] == []


def test_every_setting_every_series_every_clock_and_every_signal_is_there():
    assert in_backticks(f"{PREFIX}{name.upper()}" for name in Settings.model_fields) == []
    assert in_backticks([*SERIES, *CLOCKS, *SIGNALS, *SLOTS]) == []


def test_every_kind_of_error_is_there():
    assert len(errors()) > 30  # the law would hold of an empty list too
    assert in_backticks(one.kind for one in errors()) == []


def test_every_choice_of_a_study_is_explained():
    assert in_backticks([*MEANS, *VARIANCES, *INNOVATIONS, *PRESAMPLES, *BRIDGES, *DIRECTIONS]) == []


@pytest.mark.parametrize(
    ("kind", "attribute", "some"),
    [
        (GarchFit, "status", {"converged", "not_converged"}),
        (FigureCheck, "verdict", {"EXACT", "NO DATA"}),
        (FigureCheck, "arithmetic", {"CONTRADICTED"}),
        (FigureCheck, "calendar", {"NO SESSION"}),
        (SignalReading, "verdict", {"UNSCORED", "REFUSED"}),
        (SignalInput, "status", {"fresh", "stale", "missing"}),
        (Finding, "rule", {"no session", "stale repeat"}),
        (Finding, "severity", {"quarantined", "warning"}),
        (Run, "status", {"done", "failed"}),
        (Night, "status", {"postponed"}),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_every_word_of_a_status_or_a_verdict_is_explained(kind, attribute, some):
    words = named(kind, attribute)
    assert some <= words
    assert in_backticks(words) == []


def test_every_word_about_a_bar_and_a_series_is_explained():
    assert in_backticks(("provisional", "final", "revised", *WORLDS)) == []
    assert in_backticks({item.role for item in SERIES.values()}) == []
    assert in_backticks({item.quantity for item in SERIES.values()}) == []


def test_every_statistic_and_method_is_defined():
    assert {"AR", "CAV", "MIN_CAR", "HALF_LIFE"} <= set(STATISTICS)
    assert {"placebo_matched", "fhs", "episode_t", "wald"} <= set(METHODS)
    assert in_backticks([*STATISTICS, *METHODS]) == []


def test_every_source_is_there_in_the_form_in_which_it_is_asked_for():
    assert in_backticks(PROVIDERS.values()) == []


def test_the_numbers_of_the_nightly_job_are_those_of_the_code():
    page = " ".join(text("operations").split())
    minutes = [rest // timedelta(minutes=1) for rest in RESTS]
    first, *middle, last = minutes
    assert f"every {RECONCILE} minutes" in page
    assert f"at the {PATIENCE}th attempt" in page
    assert f"more than {STILL_EXPECTED} sessions behind" in page
    assert f"rest {first} minutes" in page
    assert f"then {', '.join(map(str, middle))} and from then on {last}" in page
    assert f"lease of {LEASE // timedelta(minutes=1)} minutes" in page
    assert f"lock `{LOCK}`" in page
    assert f"{Settings.model_fields['after_tokyo'].default:%H:%M} of the same day" in page
    assert f"{Settings.model_fields['after_new_york'].default:%H:%M} of the next day" in page


def test_the_numbers_of_the_method_are_those_of_the_code():
    page = " ".join(text("method").split())
    assert f"persistence of {PERSISTENCE_GUARD} or more" in page
    assert f"a persistence of {PERSISTENCE_CAP}" in page
    assert f"({_LJUNG_BOX_LAGS} lags), ARCH-LM ({_ARCH_LAGS} lags)" in page
    assert page.count(f"days 0 to {CONTAMINATION_REACH}") == 3
    assert f"latest {FORECAST_DESIGN.estimation} returns" in page
    assert f"a put at {100 * STANDING.put_share:.0f} per cent of spot" in page
    assert f"implies for {DAYS} days" in page
    assert {signal.max_age for signal in SIGNALS.values()} == {MAX_AGE}


@pytest.mark.parametrize("line", sorted(set(commands())))
def test_every_command_shown_exists_with_its_options(line):
    program, *words = shlex.split(line)
    known = [verb for verb in verbs() if words[: len(verb.split())] == verb.split()]
    assert (program, len(known)) == ("eventstudy", 1)
    rest = words[len(known[0].split()) :]
    verbs()[known[0]].make_context(known[0], [word for word in rest if word != "--help"])


def test_some_commands_are_shown_and_one_that_does_not_exist_is_refused():
    assert len(commands()) > len(verbs())
    with pytest.raises(Exception, match="No such option"):
        verbs()["run"].make_context("run", ["--sauce", "yahoo"])


def test_every_path_that_a_page_names_exists():
    found = [path for path in NAMED_PATH.findall(text()) if TO_BE_MADE not in path]
    assert len(found) > 10
    assert [path for path in found if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_every_link_leads_to_a_page_and_a_heading_on_it(path):
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        assert not target.startswith("http"), "the pages stand on their own"
        page, _, heading = target.partition("#")
        found = (path.parent / page).resolve() if page else path
        assert found.is_file(), target
        assert not heading or heading in headings(found), target


def headings(path: Path) -> set[str]:
    """Return the anchors of a page, as Markdown readers make them."""
    lines = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def test_the_index_leads_to_every_page():
    linked = set(re.findall(r"\]\((\w+\.md)\)", text("index")))
    assert linked == {path.name for path in pages()} - {"index.md"}


QUICK = ["--event", "E05", "--series", "nikkei225"]
QUICK += ["--design", "replications=99", "--design", "starts=1", "--design", "estimation=60"]
ASKED = {  # in this order, on one store: each finds what the one before left
    "run": ["--source", "simulated", *QUICK],
    "study": QUICK,
    "refresh": ["--source", "simulated", "--series", "nikkei225"],
    **{verb: [] for verb in ("validate", "signals", "report", "export", "events", "status")},
    **{
        verb: [] for verb in ("check", "quarantine list", "revisions", "reproduce", "db upgrade", "db verify")
    },
    **{verb: [] for verb in ("articles list", "figures list")},
    "db backup": ["backup.db"],
    "db restore": ["backup.db", "--db", "sqlite:///restored.db"],
}
ELSEWHERE = {"demo", "schedule", "quarantine release", "quarantine reject", "db downgrade"}


def test_every_json_document_has_the_keys_that_are_promised(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EVENTSTUDY_DB", f"sqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("EVENTSTUDY_REPORTS", str(tmp_path))
    tables = text("cli").partition("## Verbs")[0]
    promised = {
        verb: set(keys.split())
        for told, keys in re.findall(r"(?m)^\| (`[^|]+) \| `([a-z_ ]+)`", tables)
        for verb in re.findall(r"`([a-z ]+)`", told)
    }
    assert set(promised) == set(verbs()) == {*ASKED, *ELSEWHERE}
    for verb, options in ASKED.items():
        assert cli.run_command([*verb.split(), "--json", *options]) in {0, 3}
        assert promised[verb] - set(json.loads(capsys.readouterr().out)) == set(), verb
