"""The real yfinance over its real transport, with nobody at the other end; loopback only."""

import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from yfinance.data import new_session

from jobs.errors import NoNetwork
from jobs.providers.yahoo import YahooProvider
from jobs.retry import Patience, retry
from tests.fakes import FixedClock, Stopwatch

ROOT = Path(__file__).parents[2]
NOW = datetime(2025, 4, 9, 12, tzinfo=UTC)


@pytest.fixture
def port():
    """A loopback port on which connections are accepted by the system and never answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def fetch_through(port, timeout):
    session = new_session()
    session.proxies = {"https": f"http://127.0.0.1:{port}", "http": f"http://127.0.0.1:{port}"}
    provider = YahooProvider(FixedClock(NOW), timeout=timeout, session=session)
    try:
        return provider.fetch(provider.ask("nikkei225", date(2025, 4, 7), date(2025, 4, 8)))
    finally:
        session.close()


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_refused_connection_is_one_sentence_with_the_remedy():
    with pytest.raises(NoNetwork, match=r"yahoo:\^N225 could not be reached .* --source files:DIR"):
        fetch_through(closed_port(), 5.0)


def test_yfinance_says_nothing_on_the_side():
    code = f"""
from tests.contract.test_yahoo_without_network import NoNetwork, fetch_through
try:
    fetch_through({closed_port()}, 5.0)
except NoNetwork as failure:
    print(failure.kind)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("no_network\n", "")


def test_a_silent_server_is_given_up_within_a_few_limits(port):
    begun = time.monotonic()
    with pytest.raises(NoNetwork, match="no answer within 0.5 seconds"):
        fetch_through(port, 0.5)
    assert time.monotonic() - begun < 6  # a chart and up to four side requests of 2 x 0.5 s each, with room


def test_the_default_patience_with_a_silent_network_ends_within_half_a_minute():
    watch = Stopwatch()

    def silence():
        watch.sleep(3.0 + 2 * 2.0)  # connecting to the chart, cookie and consent: the limits of yahoo.py
        raise NoNetwork("yahoo:^N225", "silence")

    with pytest.raises(NoNetwork):
        retry(silence, Patience(), sleep=watch.sleep, timer=watch.timer)
    assert watch.seconds <= 30
