"""A damaged price file gives the right rows for its untouched lines, or a typed error; nothing else."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.errors import BadPriceFile
from jobs.providers.pricefile import parse_prices

LINES = [
    b"date,open,high,low,close,volume",
    b"2025-04-03,101,102,99,100,5",
    b"2025-04-04,100.5,103,100,102.5,",
    b"2025-04-07,,,,98.25,",
    b"2025-04-08,99,99.5,97,97.125,1000",
    b"2025-04-09,97,105.5,96.75,105,12",
]
WHOLE = b"\n".join(LINES) + b"\n"
CLOSES = {
    "2025-04-03": 100.0,
    "2025-04-04": 102.5,
    "2025-04-07": 98.25,
    "2025-04-08": 97.125,
    "2025-04-09": 105.0,
}


def read(content):
    """Return date to close, or None when the file is refused."""
    try:
        frame = parse_prices("topix.csv", content, signed=False, latest=date(2025, 4, 30))
    except BadPriceFile:
        return None
    return {str(day.date()): close for day, close in frame["close"].items()}


def untouched(content):
    """Return the dates of the lines that stand in the damaged file whole, between their own line ends."""
    found = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n")
    return {line[:10].decode() for line in LINES[1:] if line in found}


def test_the_whole_file_reads_as_written():
    assert read(WHOLE) == CLOSES


@given(st.integers(0, len(WHOLE)))
def test_a_truncated_file_keeps_its_whole_lines_or_is_refused(length):
    content = WHOLE[:length]
    rows = read(content)
    if rows is not None:
        assert {day: rows.get(day) for day in untouched(content)} == {
            day: CLOSES[day] for day in untouched(content)
        }


@settings(max_examples=500)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_flipped_bytes_never_change_another_line(flips):
    damaged = bytearray(WHOLE)
    for place, byte in flips:
        damaged[place] = byte
    content = bytes(damaged)
    rows = read(content)
    if rows is not None:
        assert {day: rows.get(day) for day in untouched(content)} == {
            day: CLOSES[day] for day in untouched(content)
        }


@given(st.permutations(LINES[1:]))
def test_lines_in_another_order_are_refused(lines):
    rows = read(b"\n".join([LINES[0], *lines]) + b"\n")
    assert rows == (CLOSES if lines == LINES[1:] else None)


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_read_or_refused(content):
    read(content)
    read(LINES[0] + b"\n" + content)
