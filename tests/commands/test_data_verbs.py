"""The verbs about data: what they show, what they change, and how they refuse."""

import pytest

from tests.commands.conftest import dump, ran, url

SUNDAY = "2025-06-01,1.0,2.0,0.5,1.5,\n"
MONDAY = "2025-06-02"


def rewritten(folder, change):
    """Change the lines of Nikkei 225's file."""
    file = folder / "nikkei225.csv"
    header, *lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join([header, *change(lines)]))


def with_a_sunday(lines):
    place = next(place for place, line in enumerate(lines) if line.startswith(MONDAY))
    return [*lines[:place], SUNDAY, *lines[place:]]


def with_another_close(lines):
    """Tell 2.5 as the close of the Monday."""
    fields = [line.split(",") for line in lines]
    return [
        ",".join([*line[:4], "2.5", *line[5:]]) if line[0] == MONDAY else ",".join(line) for line in fields
    ]


@pytest.fixture
def database(folder, tmp_path, saturday):
    """A store whose Nikkei 225 has one row in quarantine and one revised close."""
    file, arguments = tmp_path / "t.db", ("--source", f"files:{folder}", "--series", "nikkei225")
    assert ran("refresh", *arguments, "--db", url(file)).code == 0
    saturday.shift(3600)
    rewritten(folder, lambda lines: with_another_close(with_a_sunday(lines)))
    assert ran("refresh", *arguments, "--db", url(file)).code == 0
    return file


def listed(database, *options):
    said = ran("quarantine", "list", *options, "--db", url(database), "--json")
    assert said.code == 0
    return said.document["quarantine"]


def test_a_row_that_cannot_be_waits_in_the_quarantine_with_its_reason(database):
    [row] = listed(database)
    assert (row["series"], row["session_date"], row["rule"]) == ("nikkei225", "2025-06-01", "no session")
    assert (row["open"], row["high"], row["low"], row["close"]) == (1.0, 2.0, 0.5, 1.5)
    assert row["volume"] is None
    said = ran("quarantine", "list", "--db", url(database))
    assert "Rows that were not let in" in said.out
    assert "2025-06-01" in said.out


def test_a_released_row_is_a_bar_and_stays_one_through_the_next_refresh(database, folder, saturday):
    [row] = listed(database)
    saturday.shift(3600)
    said = ran(
        "quarantine",
        "release",
        row["id"],
        "--note",
        "an extra session",
        "--by",
        "Aiko",
        "--db",
        url(database),
    )
    assert (said.code, said.out) == (0, f"row {row['id']} released\n")
    assert listed(database) == []
    [decided] = listed(database, "--all")
    assert (decided["status"], decided["reviewer"], decided["note"]) == (
        "released",
        "Aiko",
        "an extra session",
    )
    saturday.shift(3600)
    before = dump(database, ("locks", "runs"))
    assert (
        ran("refresh", "--source", f"files:{folder}", "--series", "nikkei225", "--db", url(database)).code
        == 0
    )
    assert listed(database) == []
    assert [line for line in dump(database, ("locks", "runs")) if "2025-06-01" in line] == [
        line for line in before if "2025-06-01" in line
    ]


def test_a_rejected_row_stays_out_with_the_decision(database):
    [row] = listed(database)
    said = ran("quarantine", "reject", row["id"], "--note", "a Sunday", "--db", url(database), "--json")
    assert (said.code, said.document) == (0, {"row": row["id"], "status": "rejected"})
    assert listed(database) == []
    assert ran("quarantine", "list", "--db", url(database)).out == "no row waits for a decision\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("release", "99", "--note", "x"), "99"),
        (("reject", "99", "--note", "x"), "99"),
        (("release", "1"), "--note"),
        (("release", "1", "--note", ""), "note"),
        (("release", "one", "--note", "x"), "'N'"),
    ],
)
def test_a_decision_that_cannot_be_made_is_refused_by_name(database, arguments, says):
    before = dump(database)
    said = ran("quarantine", *arguments, "--db", url(database))
    assert said.code in {1, 2}
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert says in said.err
    assert dump(database) == before


def test_a_row_is_decided_on_once(database):
    assert ran("quarantine", "reject", "1", "--note", "a Sunday", "--db", url(database)).code == 0
    said = ran("quarantine", "release", "1", "--note", "no, let it in", "--db", url(database))
    assert said.code in {1, 2}
    assert "rejected" in said.err


def test_a_revision_is_shown_with_what_was_known_before_and_since(database):
    said = ran("revisions", "--db", url(database), "--json")
    [change] = [row for row in said.document["revisions"] if row["field"] == "close"]
    assert (change["series"], change["session"], change["new"]) == ("nikkei225", MONDAY, 2.5)
    assert change["old"] != 2.5
    assert change["recorded_at"].startswith("2025-11-01T02:00")
    assert "2025-06-02" in ran("revisions", "--db", url(database)).out


@pytest.mark.parametrize(
    "options", [("--series", "topix"), ("--since", "2025-11-01"), ("--as-of", "2025-10-31")]
)
def test_revisions_are_narrowed_by_series_and_time(database, options):
    assert ran("revisions", *options, "--db", url(database)).out == "no stored price was changed\n"


def test_the_latest_study_comes_out_the_same(store):
    said = ran("reproduce", "--db", url(store))
    assert said.code == 0
    assert "came out the same, bit for bit" in " ".join(said.out.split())


def test_a_study_that_does_not_exist_is_named(store):
    said = ran("reproduce", "beef", "--db", url(store))
    assert said.code == 1
    assert "study beef" in said.err


@pytest.mark.parametrize("group", ["quarantine", "db"])
def test_a_group_without_a_verb_leads_to_its_help(group):
    said = ran(group)
    assert (said.code, said.err) == (2, f"error: Missing command; see 'eventstudy {group} --help'.\n")


@pytest.mark.parametrize(("option", "given"), [("--since", "tomorrow"), ("--as-of", "2025-13-01")])
def test_a_day_that_is_none_is_refused_under_the_name_of_its_option(database, option, given):
    said = ran("revisions", option, given, "--db", url(database))
    assert (said.code, said.err.partition(";")[0]) == (2, f"error: {option} is '{given}'")
