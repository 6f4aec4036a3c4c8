"""What can be wrong with files of prices, what becomes of them, and the tests that prove it."""

from tests.failures import FailureMode

_FORMS = "tests/unit/test_files_forms.py::"
_REFUSED = "tests/unit/test_files_refusals.py::"
_MAPPING = "tests/unit/test_files_mapping.py::"
_FOLDER = "tests/unit/test_files_folder.py::"
_DAMAGE = "tests/properties/test_price_file_damage.py::"
_ONE_MEANING = _FORMS + "test_a_form_with_one_meaning_gives_the_bars_of_the_plain_one_and_is_told"
_NO_ONE_WAY = _REFUSED + "test_what_cannot_be_read_in_one_way_is_refused_with_its_place_and_remedy"
_SETTLED = _MAPPING + "test_what_the_mapping_settles_gives_the_bars_of_the_plain_form"

_READ = "read as the plain form, with a notice"
_WITH_KEY = "refused; `mapping.toml` settles it: "

_ROWS_OF_THE_TABLE: tuple[tuple[str, str, str], ...] = (
    # encodings and containers
    ("byte-order mark, line ends of Windows", "read", _ONE_MEANING),
    ("UTF-16 with a mark, Shift-JIS or EUC-JP under Japanese headings", _READ, _ONE_MEANING),
    ("bytes that are not UTF-8 and say not what they are", _WITH_KEY + "`encoding`", _NO_ONE_WAY),
    ("gzip, ZIP, Excel, Parquet, JSON, a web page", "refused by their first bytes", _NO_ONE_WAY),
    ("NUL bytes, a carriage return inside a line", "refused with the line", _NO_ONE_WAY),
    ("an empty file, only a header, one row", "refused", _NO_ONE_WAY),
    # tables
    ("tabs or semicolons, fields in quotation marks", _READ, _ONE_MEANING),
    ("headings in Japanese, capitals or angle brackets", _READ, _ONE_MEANING),
    ("a one-field title, a sentence of copyright, blank lines", _READ, _ONE_MEANING),
    ("titles or trailers with several fields", _WITH_KEY + "`skip`, `trailer`", _NO_ONE_WAY),
    ("no header, or a second one", "refused with the line", _NO_ONE_WAY),
    (
        "a column that is missing, double, or named beyond doubt by nobody",
        _WITH_KEY + "`columns`",
        _NO_ONE_WAY,
    ),
    ("an adjusted close beside the close", "left alone, with a notice", _ONE_MEANING),
    ("only an adjusted close", _WITH_KEY + "`columns` and `adjusted`", _NO_ONE_WAY),
    (
        "adjusted closes, told",
        "read; the source's name and a notice say `adjusted`",
        _MAPPING + "test_adjusted_closes_say_so_in_their_source_and_in_a_notice",
    ),
    ("two rows glued on one line, a ragged line", "refused with the line", _NO_ONE_WAY),
    ("a last line cut short", "refused with the line", _NO_ONE_WAY),
    ("high and low exchanged, columns shifted", "refused; the names that would fit are told", _NO_ONE_WAY),
    # dates
    ("dates as 2025/4/7, 2025年4月7日, 20250407, Apr 07, 2025 or 07-Apr-2025", _READ, _ONE_MEANING),
    ("day first or month first, where many rows can only be one", _READ, _ONE_MEANING),
    ("day first or month first, where it cannot be told", _WITH_KEY + "`date_format`", _NO_ONE_WAY),
    ("years of two digits, years of an era, numbers of a workbook", "refused", _NO_ONE_WAY),
    ("dates of two forms, a date with a lost zero", "refused with the line", _NO_ONE_WAY),
    ("timestamps at midnight of the series' own clock", _READ, _ONE_MEANING),
    ("timestamps at any other hour", _WITH_KEY + "`zone`", _NO_ONE_WAY),
    ("the newest row first", "turned round, with a notice", _ONE_MEANING),
    ("rows in any other disorder", "refused with the line", _NO_ONE_WAY),
    ("a date twice, even with equal figures", "refused with both lines", _NO_ONE_WAY),
    ("a date to come", "refused with the line", _NO_ONE_WAY),
    # figures
    ("commas between thousands, full-width digits, yen signs, volumes in K, M, B", _READ, _ONE_MEANING),
    ("a comma that can be decimal", _WITH_KEY + "`decimal`, `thousands`", _NO_ONE_WAY),
    ("NaN, N/A, null, a dash or a point for a figure", _WITH_KEY + "`absent`", _NO_ONE_WAY),
    (
        "a session whose close is absent, told",
        "quarantined as `missing close`",
        _MAPPING + "test_a_session_without_a_close_is_quarantined_and_a_holiday_is_not",
    ),
    ("a blank close, a price of zero or less, a negative volume", "refused with the line", _NO_ONE_WAY),
    ("infinity, 1e400, superscripts, hexadecimal", "refused with the line", _NO_ONE_WAY),
    (
        "a yield in basis points, a volatility as a fraction",
        _WITH_KEY + "`factor`",
        _REFUSED + "test_closes_of_a_size_that_the_quantity_never_has_are_refused_until_a_factor_is_told",
    ),
    # folders
    (
        "a folder or a pipe in the place of a file",
        "refused unopened",
        _FOLDER + "test_a_pipe_that_would_never_end_is_refused_unopened",
    ),
    (
        "a link to nowhere or to itself",
        "refused",
        _FOLDER + "test_a_link_to_a_file_is_followed_and_one_to_nowhere_or_itself_is_refused",
    ),
    (
        "a file of 100 MB",
        "refused unread",
        _FOLDER + "test_a_file_too_large_for_a_table_of_sessions_is_refused_unread",
    ),
    (
        "a file that vanishes before it is read",
        "refused",
        _FOLDER + "test_a_file_that_vanishes_before_it_is_read_is_named",
    ),
    # mapping
    (
        "a mapping with a wrong key or value",
        "the folder is refused, with table and key",
        _MAPPING + "test_a_bad_mapping_is_refused_with_its_table_key_and_remedy",
    ),
    (
        "a mapping that the file belies",
        "refused",
        _MAPPING + "test_a_mapping_that_the_file_belies_is_refused",
    ),
    (
        "a mapping changed or lost after prices were stored",
        "the payload carries its own and reads the same",
        _MAPPING + "test_a_payload_carries_its_mapping_and_is_read_alone_for_ever",
    ),
    ("the forms that a mapping opens", "read as the plain form", _SETTLED),
    # damage
    (
        "a file cut at any byte, flipped bytes, lines shuffled, doubled, lost or glued: 18,000 cases",
        "the rows that the bytes say, none lost and none invented, or refused",
        _DAMAGE + "test_no_damage_loses_an_untouched_row_or_invents_one",
    ),
    (
        "a stored mapping that was damaged",
        "refused, unless it says something else lawfully",
        _DAMAGE + "test_a_stored_mapping_that_was_damaged_is_refused_or_says_something_else",
    ),
)

MODES: tuple[FailureMode, ...] = tuple(FailureMode("price files", *row) for row in _ROWS_OF_THE_TABLE)
