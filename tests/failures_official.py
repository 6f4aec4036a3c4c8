"""What can go wrong with the official sources, as rows of the table in docs/failures.md."""

from tests.failures import FailureMode

_AREA = "official sources"
_BARS = "tests/contract/test_official_bars.py"
_BAD = "tests/contract/test_official_refusals.py::test_a_bad_answer_is_refused_as_a_whole"
_WEB = "tests/contract/test_official_web.py"
_FAILURE = f"{_WEB}::test_each_failure_of_a_server_is_an_error_of_its_kind"
_DAMAGE = "tests/properties/test_official_damage.py"

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("a download cut off before its end", "refused as a whole (`malformed`)", _BAD),
    (
        "an answer cut at any byte",
        "refused, or only whole rows of it",
        f"{_DAMAGE}::test_an_answer_cut_anywhere_is_refused_or_holds_only_whole_rows",
    ),
    (
        "flipped bytes, shuffled, doubled, lost and glued lines",
        "refused, or the rows that then stand there",
        f"{_DAMAGE}::test_ten_thousand_damages_give_rows_that_stand_there_or_a_typed_error",
    ),
    ("the copyright line of a Nikkei file missing", "refused as a whole: the file was cut off", _BAD),
    ("a header with another column, or one missing", "refused as a whole", _BAD),
    (
        "the close in the first column, columns in another order",
        "found by name",
        f"{_BARS}::test_nikkei_columns_are_found_by_name_in_any_order",
    ),
    (
        "text in cp932, with a copyright line that is not UTF-8",
        "read as cp932",
        f"{_BARS}::test_the_apostrophe_of_the_copyright_line_is_not_utf8",
    ),
    ("the file of another index or another id", "refused as a whole", _BAD),
    ("dates that repeat or go back, newest first", "refused as a whole", _BAD),
    ("a date that is none, day-first, of the future or of another century", "refused as a whole", _BAD),
    ("thousands separators, exponents, digits of another script, NaN", "refused as a whole", _BAD),
    (
        "a session without a close, or a price of zero",
        "the row is quarantined with its prices",
        f"{_BARS}::test_a_nikkei_session_without_close_and_one_at_zero_are_kept_apart_with_their_rows",
    ),
    (
        "a holiday marked by a point, nothing or null",
        "left out; a `missing close` notice if a session was due",
        f"{_BARS}::test_a_point_or_nothing_is_left_out_and_noted_only_where_a_session_was_due",
    ),
    (
        "dates in Japanese eras",
        "read by the days of each era; a day outside its era is refused",
        f"{_BARS}::test_days_of_the_japanese_eras_are_days",
    ),
    ("two files that tell two values of one day", "refused as a whole", _BAD),
    (
        "a history that ends before the current month begins",
        "a `gap` warning",
        f"{_BARS}::test_a_history_that_ends_early_leaves_a_gap_that_is_told",
    ),
    ("JSON with a key twice, a list too short, values in words", "refused as a whole", _BAD),
    ("only the first part of an answer in parts", "refused as a whole", _BAD),
    (
        "pages without end",
        "given up (`malformed`)",
        f"{_WEB}::test_pages_that_lead_back_to_each_other_come_to_an_end",
    ),
    (
        "a failure on a later page",
        "the failure of the whole",
        f"{_WEB}::test_a_failure_on_a_later_page_is_the_failure_of_the_whole",
    ),
    (
        "the day on which the exchange stood still (2020-10-01)",
        "quarantined: `no session`",
        f"{_BARS}::test_the_row_of_the_halted_exchange_is_left_to_the_screening",
    ),
    (
        "a free plan that is twelve weeks late",
        "a `late source` notice",
        f"{_BARS}::test_the_free_plans_delay_is_told_and_a_source_in_time_says_nothing",
    ),
    (
        "no row for closed sessions",
        "a failure (`empty_answer`), tried again",
        f"{_BARS}::test_no_row_for_closed_sessions_is_a_failure_and_for_a_holiday_an_answer",
    ),
    ("too many requests (429)", "`rate_limited`, with the source's own waiting time", _FAILURE),
    ("refused access (401, 403)", "`access_refused`, not tried again", _FAILURE),
    ("an address that is gone (404, 410)", "`symbol_unknown`, not tried again", _FAILURE),
    ("an error of the server (5xx), a partial answer (206, 210)", "`source_trouble`, tried again", _FAILURE),
    ("a web page with status 200", "`source_trouble`, never prices", _FAILURE),
    ("an empty body", "`source_trouble`, tried again", _FAILURE),
    ("fewer bytes than declared, a line that breaks", "`source_trouble`, tried again", _FAILURE),
    ("a redirect to another host, or without end", "`source_trouble`; nothing is sent there", _FAILURE),
    ("no network, no name, no answer in time", "`no_network`, tried again", _FAILURE),
    (
        "a body without end",
        "given up at a number of bytes",
        f"{_WEB}::test_a_body_without_end_is_left_unread",
    ),
    (
        "a body that drips",
        "given up at the time limit",
        f"{_WEB}::test_a_body_that_drips_is_given_up_after_the_time_limit",
    ),
    (
        "questions that come too fast",
        "spaced, for J-Quants by its plan",
        f"{_BARS}::test_j_quants_is_asked_no_faster_than_its_plan_allows",
    ),
    (
        "a key in an error, a log or a setting",
        "it is in none of them",
        f"{_WEB}::test_no_error_of_j_quants_tells_the_key",
    ),
    (
        "a key that would follow a redirect",
        "it does not leave the source's host",
        f"{_WEB}::test_the_key_does_not_travel_to_another_host",
    ),
    (
        "a source whose terms are not accepted",
        "`source_not_enabled`, with the notice",
        f"{_BARS}::test_nikkei_is_only_opened_when_its_terms_are_accepted",
    ),
    (
        "a source without its key",
        "`source_not_enabled`",
        f"{_BARS}::test_j_quants_is_only_opened_with_a_key",
    ),
)
MODES: tuple[FailureMode, ...] = tuple(FailureMode(_AREA, *row) for row in _ROWS)
