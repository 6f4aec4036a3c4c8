import subprocess
import sys

import pytest

from jobs.clock import SystemClock
from jobs.errors import BadFolder, UnknownSource
from jobs.providers import provider
from jobs.providers.files import FilesProvider
from jobs.providers.simulated import SimulatedProvider
from jobs.providers.yahoo import YahooProvider
from jobs.settings import load_settings


def opened(source, **flags):
    return provider(source, settings=load_settings(**flags), clock=SystemClock())


def test_each_form_of_source_opens_its_provider(tmp_path):
    (tmp_path / "topix.csv").write_text("")
    assert isinstance(opened("yahoo"), YahooProvider)
    assert isinstance(opened("simulated"), SimulatedProvider)
    assert isinstance(opened(f"files:{tmp_path}"), FilesProvider)


def test_the_simulated_market_takes_the_seed_of_the_settings():
    assert opened("simulated", seed=11).ask("topix", None, None).place == "simulated:seed=11"


def test_a_folder_may_have_a_colon_in_its_name(tmp_path):
    folder = tmp_path / "a:b"
    folder.mkdir()
    with pytest.raises(BadFolder, match="a:b' holds no file"):
        opened(f"files:{folder}")


@pytest.mark.parametrize("source", ["yaho", "", ":", "Yahoo", "template", "../files:x"])
def test_an_unknown_source_lists_the_known_ones(source):
    with pytest.raises(UnknownSource) as caught:
        opened(source)
    assert caught.value.message == f"there is no source '{source}'"
    assert caught.value.remedy == "use one of boj, files:DIR, fred, jquants, mof, nikkei, simulated, yahoo"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("source", "form"),
    [("files", "files:DIR"), ("files:", "files:DIR"), ("yahoo:^N225", "yahoo"), ("simulated:", "simulated")],
)
def test_a_source_of_the_wrong_form_says_the_right_one(source, form):
    with pytest.raises(UnknownSource, match=f"'.*' is not of the form '{form}'"):
        opened(source)


def test_the_table_of_providers_loads_neither_pandas_nor_yfinance():
    heavy = {"pandas", "yfinance", "exchange_calendars"}
    code = f"import sys, jobs.providers; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_system_clock_is_in_utc():
    now = SystemClock().now()
    assert now.utcoffset().total_seconds() == 0
