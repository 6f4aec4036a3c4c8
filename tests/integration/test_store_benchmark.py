"""The benchmark of the store measures what it says, and checks the answers before it compares times."""

import json
import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from benchmarks import store as benchmark
from tests.store_examples import address


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    out = tmp_path_factory.mktemp("benchmark") / "store.json"
    benchmark.main(["--bars", "9000", "18000", "--rounds", "1", "--out", str(out)])
    return json.loads(out.read_text("utf-8"))


def test_every_size_is_measured_and_agrees_with_the_peer(document):
    assert [one["bars"] for one in document["sizes"]] == [9000, 18000]
    assert [one["series"] for one in document["sizes"]] == [1, 2]
    assert all(one["same"] for one in document["sizes"])
    spent = [one[name] for one in document["sizes"] for name in ("ingest", "second run")]
    spent += [value for one in document["sizes"] for value in one["read"].values()]
    assert min(spent) > 0


def test_growth_is_told_for_each_cost(document):
    assert set(document["exponents"]) == {
        "ingest", "second run", "read, as of the first day", "read, now",
    }  # fmt: skip


def test_a_peer_that_tells_another_price_is_found(tmp_path):
    url, path = address(tmp_path / "store.db"), tmp_path / "peer.db"
    benchmark.filled(url, 1, seed=1)
    benchmark.appended(path, 1, seed=1)
    assert benchmark.same(url, path, 1)
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE bars SET close = close * 1.0001 WHERE session = '2000-01-03'")
    assert not benchmark.same(url, path, 1)


def test_one_session_in_fifty_is_revised_a_day_later():
    first, later = benchmark.told(7, seed=1)
    assert (len(first.frame), len(later.frame)) == (9000, 180)
    kept = first.frame.loc[later.frame.index, "close"]
    pd.testing.assert_series_equal(later.frame["close"], kept * 1.001)
