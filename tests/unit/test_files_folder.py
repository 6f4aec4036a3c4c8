import os
from datetime import date

import pytest

from eventstudy.quality.finding import Finding
from jobs.errors import BadFolder, BadPriceFile, NoSuchSeriesHere
from jobs.providers.files import FilesProvider
from tests.fakes import FixedClock
from tests.yahoo_double import instant

NOW = FixedClock(instant("2025-04-30T00:00:00"))
GOOD = "date,open,high,low,close,volume\n2025-04-07,101,102,99,100,5\n2025-04-08,100,103,100,102.5,\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "topix.csv").write_text(GOOD)
    return tmp_path


def frame_of(folder, content, *, clock=NOW, series="topix"):
    data = content if isinstance(content, bytes) else content.encode()
    (folder / f"{series}.csv").write_bytes(data)
    provider = FilesProvider(str(folder), clock)
    return provider.read(provider.fetch(provider.ask(series, None, None))).frame


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),  # a byte-order mark
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.rstrip("\n").encode(),
        (GOOD + "\n\n").encode(),
        GOOD.replace("2025-04-07,101,102", '"2025-04-07","101", 102 ').encode(),
    ],
)
def test_the_ways_in_which_programs_write_the_same_table_all_read_the_same(folder, content):
    frame = frame_of(folder, content)
    assert frame["close"].tolist() == [100.0, 102.5]
    assert frame["open"].tolist() == [101.0, 100.0]
    assert frame["volume"].isna().tolist() == [False, True]


def test_columns_are_taken_by_name_and_others_are_left_alone(folder):
    content = (
        "Adj Close,close,date,volume,low,high,open\n9,100,2025-04-07,5,99,102,101\n9,1,2025-04-08,,1,1,1\n"
    )
    first = frame_of(folder, content).iloc[0]
    assert first[["open", "high", "low", "close", "volume"]].tolist() == [101.0, 102.0, 99.0, 100.0, 5.0]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadFolder, match="'.*nowhere' cannot be opened .*nikkei225.csv") as caught:
        FilesProvider(str(tmp_path / "nowhere"), NOW)
    assert caught.value.exit_code == 2


def test_a_file_in_place_of_the_folder_is_refused(folder):
    with pytest.raises(BadFolder, match="cannot be opened"):
        FilesProvider(str(folder / "topix.csv"), NOW)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(BadFolder, match="no file of a known series \\(found: nothing\\)"):
        FilesProvider(str(tmp_path), NOW)


def test_a_folder_without_a_known_series_says_what_it_found(tmp_path):
    (tmp_path / "nikkei.csv").write_text(GOOD)
    with pytest.raises(BadFolder, match="found: nikkei.csv"):
        FilesProvider(str(tmp_path), NOW)


def test_a_series_without_a_file_is_an_exclusion_that_names_the_proxy(folder):
    provider = FilesProvider(str(folder), NOW)
    assert provider.available() == ("topix",)
    with pytest.raises(NoSuchSeriesHere, match=r"jpx_nikkei_400.csv .*jpx_nikkei_400_etf_1591"):
        provider.ask("jpx_nikkei_400", None, None)


def test_a_file_that_vanishes_before_it_is_read_is_named(folder):
    provider = FilesProvider(str(folder), NOW)
    request = provider.ask("topix", None, None)
    (folder / "topix.csv").unlink()
    with pytest.raises(BadPriceFile, match="topix.csv: cannot be read"):
        provider.fetch(request)


def test_what_was_fetched_can_be_read_when_the_file_has_gone(folder):
    provider = FilesProvider(str(folder), NOW)
    payload = provider.fetch(provider.ask("topix", None, None))
    (folder / "topix.csv").unlink()
    assert len(provider.read(payload).frame) == 2


def test_a_bad_row_outside_the_range_is_refused_all_the_same(folder):
    (folder / "topix.csv").write_text(GOOD + "2025-04-09,1,1,1,x,\n")
    provider = FilesProvider(str(folder), NOW)
    with pytest.raises(BadPriceFile, match="topix.csv, line 4, column close: 'x'"):
        provider.read(provider.fetch(provider.ask("topix", date(2025, 4, 7), date(2025, 4, 7))))


def test_a_date_that_has_begun_somewhere_on_earth_is_not_in_the_future(folder):
    content = GOOD.replace("2025-04-07", "2025-04-04").replace("2025-04-08", "2025-04-07")
    early = FixedClock(instant("2025-04-06T16:00:00"))  # 01:00 on Monday in Tokyo
    assert frame_of(folder, content, clock=early)["finality"].tolist() == ["final", "provisional"]
    too_early = FixedClock(instant("2025-04-06T09:00:00"))  # still Sunday everywhere
    with pytest.raises(BadPriceFile, match="2025-04-07 lies in the future"):
        frame_of(folder, content, clock=too_early)


def fetched(folder):
    provider = FilesProvider(str(folder), NOW)
    return provider, provider.fetch(provider.ask("topix", None, None))


def test_a_folder_in_the_place_of_a_file_is_refused(folder):
    (folder / "topix.csv").unlink()
    (folder / "topix.csv").mkdir()
    with pytest.raises(BadPriceFile, match="topix.csv: is not a file"):
        fetched(folder)


def test_a_pipe_that_would_never_end_is_refused_unopened(folder):
    (folder / "topix.csv").unlink()
    os.mkfifo(folder / "topix.csv")
    with pytest.raises(BadPriceFile, match="topix.csv: is not a file"):
        fetched(folder)


def test_a_link_to_a_file_is_followed_and_one_to_nowhere_or_itself_is_refused(folder):
    link = folder / "topix.csv"
    link.rename(folder / "elsewhere with spaces.csv")
    link.symlink_to("elsewhere with spaces.csv")
    provider, payload = fetched(folder)
    assert provider.read(payload).frame["close"].tolist() == [100.0, 102.5]
    for nowhere in ("gone.csv", "topix.csv"):
        link.unlink()
        link.symlink_to(nowhere)
        with pytest.raises(BadPriceFile, match="topix.csv: cannot be read"):
            fetched(folder)


def test_a_file_too_large_for_a_table_of_sessions_is_refused_unread(folder):
    with (folder / "topix.csv").open("r+b") as file:
        file.truncate(100_000_000)  # a hole: it takes no room
    with pytest.raises(BadPriceFile, match="has 100,000,000 bytes, more than 33,554,432"):
        fetched(folder)


def test_a_folder_with_spaces_and_japanese_in_its_name_is_read(folder):
    place = folder / "株価 データ (2025)"
    place.mkdir()
    (place / "topix.csv").write_text(GOOD)
    provider, payload = fetched(place)
    assert len(provider.read(payload).frame) == 2


def test_a_file_that_poses_as_a_stored_payload_is_refused(folder):
    (folder / "topix.csv").write_text('{"eventstudy mapping":{"factor":2}}\n' + GOOD)
    with pytest.raises(BadPriceFile, match="topix.csv, line 1: is a stored payload, not a price file"):
        fetched(folder)


def test_another_form_is_told_as_a_notice_about_the_whole_file_and_the_plain_one_is_not(folder):
    provider, payload = fetched(folder)
    assert provider.remarks(payload) == ()
    (folder / "topix.csv").write_text(GOOD.replace(",", ";"))
    provider, payload = fetched(folder)
    assert provider.remarks(payload) == (
        Finding(
            "topix", None, "file form", "notice", "fields parted by semicolons", "fields parted by commas"
        ),
    )


def test_a_yield_file_may_hold_zero_and_negative_figures(folder):
    content = GOOD.replace("102.5", "-0.265").replace(",100,5", ",0,5")
    assert frame_of(folder, content, series="jgb10y")["close"].tolist() == [0.0, -0.265]
