"""Whatever is written in whatever order: no version is lost, and what was known stays known."""

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from db import open_store, verify
from eventstudy.quality.finding import Finding
from tests.databases import migrated_file
from tests.store_examples import MONDAY, address, bars, row_counts

SERIES = ("topix", "vix")
SESSIONS = ["2025-04-03", "2025-04-04", "2025-04-07"]
CLOSES = st.dictionaries(st.sampled_from(SESSIONS), st.sampled_from([1.0, 2.0, 3.0]), min_size=1)
WRITES = st.tuples(
    st.sampled_from(["topix", "vix"]), CLOSES, st.sampled_from(["provisional", "final"]), st.booleans()
)


class Model:
    """The promise, in a dozen lines: the latest close told of each (series, session)."""

    def __init__(self):
        self.closes = {}

    def tell(self, series, closes):
        self.closes = {**self.closes, **{(series, day): close for day, close in closes.items()}}


def known(t, as_of):
    frames = {series: t.prices.bars(series, as_of) for series in SERIES}
    assert all(frame.index.is_unique for frame in frames.values())
    return {
        (series, f"{day:%Y-%m-%d}"): close
        for series, frame in frames.items()
        for day, close in frame["close"].items()
    }


@settings(max_examples=25)
@given(st.lists(WRITES, min_size=1, max_size=6))
def test_no_sequence_of_writes_loses_a_row_or_changes_an_earlier_answer(writes):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        model, answers, rows = Model(), [(MONDAY - timedelta(1), {})], 0
        with open_store(address(path)) as store:
            for number, (series, closes, finality, committed) in enumerate(writes):
                at = MONDAY + timedelta(minutes=number)
                ordered = dict(sorted(closes.items()))
                with store.transaction() as t:
                    written = t.prices.write(bars(ordered, series, finality), at)
                    if committed:
                        t.commit()
                if committed:
                    model.tell(series, closes)
                    rows += written.inserted + written.revised
                answers.append((at, model.closes))
                assert row_counts(path)["bars"] == rows
                with store.reading() as t:
                    assert [known(t, as_of) for as_of, _ in answers] == [answer for _, answer in answers]
                    assert known(t, None) == model.closes


TELLS = st.tuples(
    st.just("tell"),
    st.sampled_from(SERIES),
    CLOSES,
    st.sampled_from(["provisional", "final"]),
    st.sampled_from(["yahoo", "fred"]),
    st.sampled_from([0.0, 0.5]),
)
REFUSALS = st.tuples(
    st.just("refuse"), st.sampled_from(SERIES), st.sampled_from(SESSIONS), st.sampled_from([4.0, 5.0])
)
REVIEWS = st.tuples(st.sampled_from(["release", "reject"]), st.integers(1, 4))


def do(t, step, at):
    """Do one step as a refresh or a reviewer does; a review of a row that waits for none is passed over."""
    if step[0] == "tell":
        _, series, closes, finality, source, tolerance = step
        told = replace(bars(dict(sorted(closes.items())), series, finality), source=source)
        t.prices.write(told, at, tolerance=tolerance)
    elif step[0] == "refuse":
        _, series, day, close = step
        row = (float("nan"), float("nan"), float("nan"), close, float("nan"))
        found = Finding(series, date.fromisoformat(day), "jump", "quarantined", "a jump", "none", row)
        t.quality.write([found], source="yahoo", payload_hash="b" * 64, recorded_at=at)
    elif step[1] in set(t.quarantine.held()["id"]):
        review = t.quarantine.release if step[0] == "release" else t.quarantine.reject
        review(step[1], reviewer="a clerk", note="for a reason", recorded_at=at)


def everything(t, as_of):
    """Return all that is told of prices as of an instant, as plain values."""
    each = [(t.prices.bars(name, as_of), t.prices.sources(name, as_of)) for name in SERIES]
    frames = [frame for pair in each for frame in pair]
    frames += [t.prices.closes(SERIES, as_of), t.prices.coverage(as_of), t.prices.revisions(until=as_of)]
    return [frame.to_csv() for frame in frames]


@settings(max_examples=20)
@given(steps=st.lists(st.one_of(TELLS, REFUSALS, REVIEWS), min_size=1, max_size=8))
def test_as_of_answers_never_change_after_any_later_write_release_or_rejection(steps, sqlite_template):
    with tempfile.TemporaryDirectory() as folder:
        url = migrated_file(sqlite_template, Path(folder) / "store.db")
        answers = []
        with open_store(url) as store:
            for number, step in enumerate(steps):
                at = MONDAY + timedelta(minutes=number)
                with store.transaction() as t:
                    do(t, step, at)
                    t.commit()
                with store.reading() as t:
                    answers.append((at, everything(t, None)))
            with store.reading() as t:
                assert [(then, everything(t, then)) for then, _ in answers] == answers
        assert verify(url) == ()
