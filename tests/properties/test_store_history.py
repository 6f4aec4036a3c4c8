"""Whatever is written in whatever order: no version is lost, and what was known stays known."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from db import open_store
from tests.store_examples import MONDAY, address, bars, row_counts

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
    frames = {series: t.prices.bars(series, as_of) for series in ("topix", "vix")}
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
