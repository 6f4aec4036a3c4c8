"""A damaged payload of Yahoo gives lawful bars or a typed error; nothing else."""

from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import ProviderError
from jobs.providers.base import Payload, Request
from jobs.providers.yahoo import YahooProvider
from tests.fakes import FixedClock
from tests.yahoo_double import YahooDouble, instant, session_over

NOW = instant("2025-05-01T00:00:00")
WHOLE = (
    b'{"zone":"Asia/Tokyo","time":["2025-04-07T00:00:00+09:00","2025-04-08T00:00:00+09:00"],'
    b'"open":[101.0,null],"high":[102.0,103.0],"low":[99.0,100.0],"close":[100.0,102.5],'
    b'"volume":[0.0,7.0],"split":[0.0,0.0]}'
)
REQUEST = Request("nikkei225", "yahoo:^N225", date(2025, 4, 1), None)
PROVIDER = YahooProvider(FixedClock(NOW), session=session_over(YahooDouble({})))


def check(content):
    payload = replace(Payload(REQUEST, WHOLE, NOW), content=content)
    try:
        bars, _ = PROVIDER.read(payload), PROVIDER.remarks(payload)
    except ProviderError:
        return
    index = bars.frame.index
    assert (np.diff(index.to_numpy()) > np.timedelta64(0)).all()
    assert (bars.frame["close"] > 0).all()


@given(st.integers(0, len(WHOLE)))
def test_a_truncated_payload_is_refused_or_whole(length):
    check(WHOLE[:length])


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_flipped_bytes_give_lawful_bars_or_a_typed_error(flips):
    damaged = bytearray(WHOLE)
    for place, byte in flips:
        damaged[place] = byte
    check(bytes(damaged))
