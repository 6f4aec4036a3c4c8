"""The screen: tables that fit, names cut in the middle, sentences wrapped, plain characters where need be."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from eventstudy.errors import BadValue, UnknownSeries
from jobs.console import Screen, grid, shortened, speak_plainly, wrapped


def test_numbers_align_right_and_nothing_trails():
    lines = grid(("name", "p>"), [("a", "0.1"), ("longer", "−12.43")], 80)
    assert lines == ["name         p", "a          0.1", "longer  −12.43"]


def test_columns_move_together_before_anything_is_cut():
    assert grid(("ab", "cd>"), [("xyz", "1")], 6) == ["ab  cd", "xyz  1"]


def test_text_gives_way_before_names_and_numbers_never_do():
    row = ("a_name_of_18_chars", "1,234,567,890.12", "some words that will not fit in one line")
    lines = grid(("name~", "number>", "text*"), [row], 60)
    assert lines[1].startswith("a_name_of_18_chars 1,234,567,890.12 some words")
    assert max(map(len, lines)) <= 60
    narrow = grid(("name~", "number>", "text*"), [row], 50)
    assert narrow[1] == "a_name…chars 1,234,567,890.12 some words that will"
    assert max(map(len, narrow)) <= 50


def test_a_table_too_wide_for_its_numbers_stays_whole():
    assert grid(("a>", "b>"), [("123456", "123456")], 5)[1] == "123456 123456"


def test_a_table_without_rows_is_its_heading():
    assert grid(("a", "b>", "c*"), [], 80) == ["a  b  c"]


@pytest.mark.parametrize(
    ("width", "shown"),
    [(23, "jpx_nikkei_400_etf_1591"), (16, "jpx_nikk…tf_1591"), (9, "jpx_…1591"), (2, "j…")],
)
def test_a_name_keeps_both_ends(width, shown):
    assert shortened("jpx_nikkei_400_etf_1591", width) == shown


def test_a_sentence_breaks_between_words_only():
    text = "a de-escalation at /a/very/long/path/that/has/no/end"
    assert wrapped(text, 20, "  ", "    ") == [
        "  a de-escalation at",
        "    /a/very/long/path/that/has/no/end",
    ]
    assert wrapped("", 20) == [""]


def test_a_document_with_nan_is_never_printed():
    with pytest.raises(ValueError, match="not JSON compliant"):
        Screen(as_json=True).document({"value": float("nan")})


def told_about(error):
    out, err = io.StringIO(), io.StringIO()

    def command():
        raise error

    with redirect_stdout(out), redirect_stderr(err):
        code = Screen(as_json=False).guarded(command)
    return code, out.getvalue(), err.getvalue()


def test_an_error_is_one_sentence_that_ends_once():
    assert told_about(BadValue("gap", -1, "a whole number")) == (
        2, "", "error: gap is -1; give a whole number.\n",
    )  # fmt: skip
    assert told_about(UnknownSeries("topxi", ["topix"])) == (
        2, "", "error: there is no series 'topxi'; did you mean 'topix'?\n",
    )  # fmt: skip


def test_a_fault_of_the_program_is_told_without_a_traceback_unless_asked(monkeypatch):
    code, out, err = told_about(ZeroDivisionError("oh"))
    assert (code, out) == (1, "")
    assert err == (
        "error: unexpected ZeroDivisionError: oh; set EVENTSTUDY_DEBUG=1 to see where, and report it.\n"
    )
    monkeypatch.setenv("EVENTSTUDY_DEBUG", "1")
    assert "Traceback" in told_about(ZeroDivisionError("oh"))[2]


def test_results_that_cannot_be_written_are_the_outside_world(capsys):
    screen = Screen(as_json=False)
    with Path("/dev/full").open("wb", buffering=0) as full:
        stream = io.TextIOWrapper(full, write_through=True)
        with redirect_stdout(stream):
            assert screen.guarded(lambda: screen.say("a result")) == 4
            sys.stdout.close()  # what stands in for it from then on
        stream.detach()
    sentence = "error: standard output cannot be written (No space left on device); give another place"
    assert capsys.readouterr().err.startswith(sentence)


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ascii", b"-2.91 <=0.002 jpx~1591 ?\n"), ("latin-1", b"-2.91 <=0.002 jpx~1591 \xe9\n")],
)
def test_characters_that_a_terminal_lacks_are_written_plainly(encoding, written):
    stream = io.BytesIO()
    with redirect_stdout(io.TextIOWrapper(stream, encoding=encoding)):
        speak_plainly()
        sys.stdout.write("−2.91 ≤0.002 jpx…1591 é\n")
        sys.stdout.flush()
        assert stream.getvalue() == written
