"""One invented week of prices in the plain form, and how tests read files of it in other forms."""

from datetime import date

import pytest

from jobs.errors import BadPriceFile
from jobs.providers.mapping import PLAIN, mapping_of
from jobs.providers.pricefile import read_prices
from jobs.providers.reading import Reading

HEADER = "date,open,high,low,close,volume\n"
WEEK = """\
2025-04-07,31100.5,31250.25,30800,31136.5,1200
2025-04-08,31200,33000.75,31150,32900.25,2300
2025-04-09,32800,32950,31500.5,31714,1800
2025-04-14,33900,34200.25,33850.5,33982.25,900
2025-04-15,34100,34400.5,34050,34267.5,1100
2025-04-16,34200.25,34250,33700,33920.5,1000
"""
PLAIN_FILE = HEADER + WEEK
ROWS = [  # WEEK as Python has it, for comparisons
    (date(2025, 4, 7), 31100.5, 31250.25, 30800.0, 31136.5, 1200.0),
    (date(2025, 4, 8), 31200.0, 33000.75, 31150.0, 32900.25, 2300.0),
    (date(2025, 4, 9), 32800.0, 32950.0, 31500.5, 31714.0, 1800.0),
    (date(2025, 4, 14), 33900.0, 34200.25, 33850.5, 33982.25, 900.0),
    (date(2025, 4, 15), 34100.0, 34400.5, 34050.0, 34267.5, 1100.0),
    (date(2025, 4, 16), 34200.25, 34250.0, 33700.0, 33920.5, 1000.0),
]
COLUMNS = ["open", "high", "low", "close", "volume"]


def read(content, *, mapping=None, quantity="price", latest=date(2025, 4, 30)):
    """Return the prices of a file of topix in Tokyo."""
    data = content if isinstance(content, bytes) else content.encode()
    told = PLAIN if mapping is None else mapping_of("prices/mapping.toml", "topix", mapping)
    return read_prices(data, Reading("prices/topix.csv", "topix", quantity, latest, "Asia/Tokyo", told))


def refused(content, **options):
    """Return the error with which a file is refused."""
    with pytest.raises(BadPriceFile) as caught:
        read(content, **options)
    return caught.value


def rows(prices):
    """Return the rows as ROWS has them."""
    table = prices.frame[COLUMNS]
    return [(day.date(), *row) for day, row in zip(table.index, table.to_numpy().tolist(), strict=True)]


def each_date(change):
    """Return the plain file with every date put in another form."""
    fields = [line.split(",", 1) for line in WEEK.splitlines()]
    return HEADER + "".join(f"{change(date.fromisoformat(day))},{rest}\n" for day, rest in fields)


def each_line(change):
    """Return the plain file with every line of prices changed, given its fields."""
    return HEADER + "".join(f"{change(line.split(','))}\n" for line in WEEK.splitlines())
