"""Any order of fetches, revisions, crashes, clock jumps and second writers, against a model of dicts."""

import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db import open_store
from db.errors import ClockWentBack, LeaseLost, LockHeld, RunNotOpen
from tests.crash_world import stored
from tests.databases import ask, fresh_database, migrated_file
from tests.store_examples import MONDAY, bars

SERIES = ("topix", "vix")
SESSIONS = ("2025-04-03", "2025-04-04", "2025-04-07")
NIGHTS = ("tokyo 2025-04-03", "tokyo 2025-04-04")
TELLINGS = st.tuples(
    st.sampled_from(SERIES),
    st.dictionaries(st.sampled_from(SESSIONS), st.sampled_from([1.0, 2.0, 3.0]), min_size=1),
    st.sampled_from(["provisional", "final"]),
)
WAITS = st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(minutes=10)])
JUMPS = st.sampled_from([timedelta(days=-1), timedelta(minutes=-1), timedelta(hours=2), timedelta(days=1)])
LEASE = timedelta(minutes=30)
WRITERS = ("one", "two")


class Crash(Exception):
    """Stands for the end of the process before the commit."""


class Model:
    """What a store promises, without a database."""

    def __init__(self):
        self.versions = {}  # (series, session) to lists of close, finality, first and last instant
        self.last = {}  # series to the latest recording
        self.runs = []  # lists of key and status

    def after(self, series, closes, finality, at):
        """Return the versions that a telling replaces or brings."""
        fresh = {}
        for session, close in sorted(closes.items()):
            known = self.versions.get((series, session), [])
            old_close, old_finality = known[-1][:2] if known else (None, None)
            if close == old_close and (finality == "provisional" or old_finality != "provisional"):
                continue
            settled = old_finality in {"final", "revised"}
            fresh[series, session] = [close, "revised" if settled else finality, at, None]
        return fresh

    def keep(self, fresh, at):
        for key, version in fresh.items():
            known = self.versions.setdefault(key, [])
            if known:
                known[-1][3] = at
            known.append(version)
            self.last[key[0]] = at

    def rows(self):
        every = [
            (series, date.fromisoformat(session), *version)
            for (series, session), versions in self.versions.items()
            for version in versions
        ]
        return Counter(every)

    def known(self, series, at):
        return {
            session: close
            for (name, session), versions in sorted(self.versions.items())
            for close, _, start, end in versions
            if name == series and start <= at and (end is None or at < end)
        }


class StoreMachine(RuleBasedStateMachine):
    """Two writers with one store, one clock that people set wrongly, and one truth."""

    def __init__(self, new_database):
        super().__init__()
        self.open = ExitStack()
        self.url = self.open.enter_context(new_database())
        self.stores = {name: self.open.enter_context(open_store(self.url)) for name in WRITERS}
        self.model, self.now, self.lease = Model(), MONDAY, None
        self.instants = [MONDAY]  # at which something was told
        self.answers = {}  # (series, instant) to what was answered once the instant was past

    def teardown(self):
        self.open.close()

    # what sources and clocks do

    @rule(telling=TELLINGS, writer=st.sampled_from(WRITERS), wait=WAITS)
    def fetch(self, telling, writer, wait):
        self.now += wait
        self.tell(telling, writer)

    def tell(self, telling, writer, *, crash=False):
        """Have a writer store a telling; return whether it is kept."""
        series, closes, finality = telling
        self.instants.append(self.now)
        fresh = self.model.after(series, closes, finality, self.now)
        told = bars(dict(sorted(closes.items())), series, finality)
        too_early = bool(fresh) and self.now < self.model.last.get(series, self.now)
        if too_early:
            with pytest.raises(ClockWentBack):
                self.write(writer, told, crash)
        elif crash:
            with pytest.raises(Crash):
                self.write(writer, told, crash)
        else:
            written = self.write(writer, told, crash)
            assert written.inserted + written.revised == len(fresh)
            assert written.unchanged == len(closes) - len(fresh)
            self.model.keep(fresh, self.now)
        return not (too_early or crash)

    def write(self, writer, told, crash):
        with self.stores[writer].transaction() as t:
            written = t.prices.write(told, self.now)
            if crash:
                raise Crash
            t.commit()
        return written

    @rule(telling=TELLINGS, writer=st.sampled_from(WRITERS), wait=WAITS)
    def crash_before_the_commit(self, telling, writer, wait):
        self.now += wait
        self.tell(telling, writer, crash=True)

    @precondition(lambda self: self.model.versions)
    @rule(data=st.data(), wait=WAITS)
    def tell_again_what_is_known(self, data, wait):
        self.now += wait
        series, session = data.draw(st.sampled_from(sorted(self.model.versions)))
        close, finality, *_ = self.model.versions[series, session][-1]
        again = "provisional" if finality == "provisional" else "final"
        self.tell((series, {session: close}, again), "two")

    @precondition(lambda self: any(v[-1][1] == "provisional" for v in self.model.versions.values()))
    @rule(data=st.data(), wait=WAITS)
    def finalise(self, data, wait):
        self.now += wait
        open_ones = sorted(k for k, v in self.model.versions.items() if v[-1][1] == "provisional")
        series, session = data.draw(st.sampled_from(open_ones))
        self.tell((series, {session: self.model.versions[series, session][-1][0]}, "final"), "one")

    @precondition(lambda self: self.model.versions)
    @rule(data=st.data(), wait=WAITS)
    def revise(self, data, wait):
        self.now += wait
        series, session = data.draw(st.sampled_from(sorted(self.model.versions)))
        self.tell((series, {session: self.model.versions[series, session][-1][0] + 0.5}, "final"), "one")

    @rule(jump=JUMPS)
    def set_the_clock_wrong(self, jump):
        self.now += jump

    # what runs do

    @rule(key=st.sampled_from(NIGHTS), ending=st.sampled_from(["done", "failed", "killed"]))
    def run_a_night(self, key, ending):
        if [key, "done"] in self.model.runs:
            with pytest.raises(RunNotOpen), self.stores["one"].transaction() as t:
                t.runs.start("nightly", key, self.now, {})
            return
        with self.stores["one"].transaction() as t:
            number = t.runs.start("nightly", key, self.now, {}).id
            t.commit()
        if ending != "killed":
            with self.stores["one"].transaction() as t:
                t.runs.finish(number, ending, self.now, {})
                t.commit()
        self.model.runs.append([key, "running" if ending == "killed" else ending])

    @rule(writer=st.sampled_from(WRITERS))
    def take_the_lock(self, writer):
        holder, start, end = self.lease or (writer, self.now, self.now)
        free = holder == writer or end <= self.now or start > self.now + LEASE
        with self.stores[writer].transaction() as t:
            if free:
                t.locks.require("run", writer, self.now, self.now + LEASE)
                self.lease = (writer, self.now, self.now + LEASE)
            else:
                with pytest.raises(LockHeld, match=holder):
                    t.locks.require("run", writer, self.now, self.now + LEASE)
            t.commit()

    @precondition(lambda self: self.lease is not None)
    @rule(writer=st.sampled_from(WRITERS))
    def release_the_lock(self, writer):
        with self.stores[writer].transaction() as t:
            t.locks.release("run", writer)
            t.commit()
        if self.lease[0] == writer:
            self.lease = None

    @rule(telling=TELLINGS, writer=st.sampled_from(WRITERS))
    def write_under_the_lease(self, telling, writer):
        plain = self.stores[writer]
        self.stores[writer] = plain.guarded(lambda t: t.locks.renew("run", writer, self.now + LEASE))
        if self.lease is not None and self.lease[0] == writer:
            if self.tell(telling, writer):
                self.lease = (writer, self.lease[1], self.now + LEASE)
        else:
            series, closes, finality = telling
            with pytest.raises((LeaseLost, ClockWentBack)):
                self.write(writer, bars(dict(sorted(closes.items())), series, finality), crash=False)
        self.stores[writer] = plain

    # what must hold at all times

    @invariant()
    def every_version_is_kept_and_no_other(self):
        assert Counter(stored(self.url)) == self.model.rows()

    @invariant()
    def one_version_of_a_session_counts(self):
        found = ask(self.url, "SELECT series, session_date FROM bars WHERE superseded_at IS NULL")
        assert len(set(found)) == len(found) == len(self.model.versions)

    @invariant()
    def answers_never_change(self):
        with self.stores["two"].reading() as t:
            for series in SERIES:
                for at in self.instants[-4:] + self.instants[:2]:
                    closes = t.prices.bars(series, at)["close"]
                    answer = {f"{session:%Y-%m-%d}": close for session, close in closes.items()}
                    assert answer == self.model.known(series, at)
                    if at < self.model.last.get(series, at):
                        assert self.answers.setdefault((series, at), answer) == answer

    @invariant()
    def the_ledger_tells_every_attempt_and_at_most_one_success(self):
        found = [list(row) for row in ask(self.url, "SELECT key, status FROM runs ORDER BY id")]
        assert found == self.model.runs
        assert max(Counter(key for key, status in found if status == "done").values(), default=0) <= 1


@contextmanager
def fresh_file(template):
    """Give the address of a new SQLite file with the newest schema; it is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield migrated_file(template, Path(folder) / "store.db")


def test_on_sqlite_no_order_of_things_loses_a_row_or_changes_an_answer(sqlite_template):
    run_state_machine_as_test(
        lambda: StoreMachine(lambda: fresh_file(sqlite_template)),
        settings=settings(max_examples=40, stateful_step_count=20),
    )


def test_on_postgresql_no_order_of_things_loses_a_row_or_changes_an_answer(postgres, postgres_template):
    run_state_machine_as_test(
        lambda: StoreMachine(lambda: fresh_database(postgres, postgres_template)),
        settings=settings(max_examples=8, stateful_step_count=20),
    )
