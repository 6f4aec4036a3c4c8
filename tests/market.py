"""Where the real price files lie, for the tests that are allowed to read them."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def market_folder() -> Path:
    """Return the folder of real prices, or skip the test with the way to bring one."""
    folder = Path(os.environ.get("EVENTSTUDY_MARKET_DATA", ROOT.parent / "shared" / "market"))
    if not folder.is_dir():
        pytest.skip(f"no real prices at {folder}: set EVENTSTUDY_MARKET_DATA")
    return folder


def benchmark_file(name: str) -> Path:
    """Return a benchmark data file beside the real prices, or skip the test."""
    path = market_folder().parent / "benchmarks" / name
    if not path.is_file():
        pytest.skip(f"no benchmark data at {path}: set EVENTSTUDY_MARKET_DATA to the folder beside it")
    return path
