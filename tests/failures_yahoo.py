"""What Yahoo, its client and the network do wrong, and where the answer to it is proved."""

from tests.failures import FailureMode

_CLIENT = "tests/contract/test_yahoo_failure_modes.py"
_ERRORS = "tests/contract/test_yahoo_errors.py"
_BARS = "tests/contract/test_yahoo_bars.py"
_HOURS = "tests/contract/test_yahoo_currency_days.py"
_NIGHTS = "tests/integration/test_yahoo_nights.py"
_REFRESH = "tests/integration/test_refresh_pipeline.py"
_FALLBACK = "tests/integration/test_fallback.py"
_BREAKER = "tests/unit/test_breaker.py"
_SILENCE = "tests/contract/test_yahoo_without_network.py"
_DAMAGE = "tests/properties/test_yahoo_payload_damage.py"

_ROWS = (
    (
        "a session is missing of many symbols at once, and comes days later",
        "`missing session` for each; filled in when it comes, `--as-of` keeps what was known",
        _NIGHTS, "test_a_session_missing_of_every_symbol_is_told_and_filled_in_when_it_comes",
    ),
    (
        "a closed session has volume and no prices, filled in hours later",
        "`missing close`, held in quarantine; stored when it comes",
        _NIGHTS, "test_a_session_with_volume_and_no_prices_is_held_back_and_filled_in_later",
    ),
    (
        "a stored close becomes hollow overnight",
        "the stored bar stays, the hollow row is held",
        _NIGHTS, "test_a_close_that_becomes_hollow_overnight_is_neither_lost_nor_a_truncation",
    ),
    (
        "a row of nothing, which the client drops in silence",
        "kept visible: `missing close`",
        _CLIENT, "test_a_row_of_nothing_is_not_dropped_in_silence",
    ),
    (
        "a live bar stands where a close should",
        "provisional until 30 minutes after the close and a fetch an hour later that repeats it",
        _NIGHTS, "test_a_newest_bar_is_final_only_when_a_later_fetch_repeats_it",
    ),
    (
        "a bar changes between two looks at it",
        "stays provisional until two looks agree",
        _NIGHTS, "test_a_newest_bar_that_changes_between_two_looks_is_looked_at_again",
    ),
    (
        "two rows for today, one of them live",
        "the later one counts, provisional",
        _BARS, "test_the_live_row_replaces_the_older_row_of_the_same_day",
    ),
    (
        "today's row repeats yesterday's",
        "`stale repeat`, provisional until the source comes to it",
        _NIGHTS, "test_a_bar_that_repeats_the_day_before_stays_provisional_until_the_source_comes_to_it",
    ),
    (
        "the close of a currency day is a copy of its open for a year",
        "`close equals open`",
        _CLIENT, "test_london_days_whose_close_is_their_open_are_found_out",
    ),
    (
        "the currency day ends at London's midnight",
        "a series of its own, `usdjpy_london_day`; `usdjpy` is made of hours to New York 17:00",
        _NIGHTS, "test_the_yen_by_the_day_and_by_the_hour_are_two_series_of_one_store",
    ),
    (
        "the hour that closes the currency day is missing",
        "no bar for that day: `missing session`, nothing is invented",
        _HOURS, "test_a_day_without_its_last_hour_has_no_close_and_none_is_invented",
    ),
    (
        "some hours of a currency day are missing",
        "the close stays; high, low and where needed open are absent: `hours missing`",
        _HOURS, "test_a_hole_in_the_hours_leaves_the_close_and_takes_high_and_low",
    ),
    (
        "summer time begins or ends",
        "the day closes with the hour that begins at 16:00 in New York, before and after",
        _HOURS, "test_a_day_closes_with_the_hour_that_begins_at_16_in_winter_and_in_summer",
    ),
    (
        "hourly bars reach back two years only",
        "the range is cut to them and `short history` says so",
        _HOURS, "test_the_chart_is_asked_for_hour_by_hour_for_no_more_than_yahoo_keeps_and_a_notice_says_so",
    ),
    (
        "a midnight of Asia or Europe is another date in UTC",
        "dated in the exchange's own zone",
        _CLIENT, "test_a_row_belongs_to_the_date_of_its_exchange_and_never_of_utc",
    ),
    (
        "days are dated in a zone that is not that of the series",
        "refused: `malformed`",
        _HOURS, "test_a_london_day_that_is_dated_elsewhere_is_refused",
    ),
    (
        "a split changes every earlier row",
        "stored as revisions, `restated` with the factor and `split`; the old versions stay",
        _NIGHTS, "test_a_split_restates_history_as_revisions_with_one_finding",
    ),
    (
        "a split changes rows older than a night asks for",
        "what is told anew makes it ask for the whole history",
        _NIGHTS, "test_a_split_restates_what_lies_before_the_last_thirteen_months_too",
    ),
    (
        "much of the history is told anew, by no common factor",
        "stored as revisions, one `restated` finding",
        _REFRESH, "test_a_history_that_is_told_anew_is_stored_as_revisions_with_one_finding",
    ),
    (
        "closes adjusted for dividends, the client's default",
        "never asked for, never read",
        _CLIENT, "test_prices_are_never_the_adjusted_ones",
    ),
    (
        "a price of zero or less, a high below a low, a close outside both",
        "`not a price` is held back; `inconsistent` is stored and told",
        _CLIENT, "test_prices_that_cannot_be_are_told",
    ),
    (
        "too many requests, for hours",
        "stored prices stay; the source is left alone for as long as it asks, else an hour",
        _NIGHTS, "test_a_refused_source_is_left_alone_as_long_as_it_asks_and_stored_prices_stay",
    ),
    (
        "a source fails again and again",
        "after three failures in a row it is left alone, each time longer, up to four hours",
        _BREAKER, "test_each_opening_in_a_row_lasts_twice_as_long_up_to_the_longest",
    ),
    (
        "a symbol is unknown or delisted",
        "a listed exclusion, never tried again the same night; stored prices stay",
        _NIGHTS, "test_an_unknown_symbol_is_listed_and_the_stored_prices_stay",
    ),
    (
        "a symbol was renamed and the answer is about another",
        "refused: `malformed`",
        _CLIENT, "test_the_rows_of_a_renamed_symbol_are_not_taken_for_the_old_one",
    ),
    (
        "months where days were asked for",
        "refused: `malformed`",
        _ERRORS, "test_a_failing_server_becomes_one_typed_error",
    ),
    (
        "a timeout, a server error or a page is called “possibly delisted”",
        "a passing failure, by status and kind, never by its words",
        _CLIENT, "test_what_yfinance_calls_possibly_delisted_is_a_passing_failure",
    ),
    (
        "an empty table and no error for a range with closed sessions",
        "`empty_answer`, tried again",
        _CLIENT, "test_no_rows_for_sessions_that_closed_is_a_failure_and_not_an_answer",
    ),
    (
        "columns more, or in another order",
        "taken by name",
        _CLIENT, "test_columns_are_taken_by_name_whatever_stands_beside_them",
    ),
    ("a column is missing", "`malformed`, and which", _CLIENT, "test_a_column_that_is_missing_is_loud"),
    (
        "the client remembers a failure for the life of the process",
        "its memory is emptied before each fetch",
        _ERRORS, "test_a_failed_fetch_does_not_poison_the_next_one",
    ),
    (
        "the client remembers an old history and never sees a correction",
        "its memory is emptied before each fetch",
        _ERRORS, "test_a_revised_history_is_seen_by_the_same_process",
    ),
    (
        "the client's cache database is locked by another process",
        "each process has its own; nothing is waited for",
        _CLIENT, "test_a_locked_cache_of_yfinance_is_not_waited_for",
    ),
    (
        "no room or no right to write a cache",
        "it does without one",
        _CLIENT, "test_without_room_for_a_cache_yfinance_does_without_one",
    ),
    (
        "a consent page behind a redirect, HTML instead of JSON",
        "`source_trouble`, tried again",
        _CLIENT, "test_a_consent_page_behind_a_redirect_is_a_passing_failure",
    ),
    (
        "a later source differs from the official value beyond tolerance",
        "the official value stays, the other row is held: `sources disagree`",
        _FALLBACK, "test_a_later_source_that_differs_is_held_in_quarantine_and_the_official_value_stays",
    ),
    (
        "the official value comes after another source's and differs",
        "the official value is stored, the other row is held: `sources disagree`",
        _FALLBACK, "test_an_official_value_that_differs_replaces_the_vendors_which_is_held",
    ),
    (
        "the first source of a list fails",
        "the next answers; `fallback` says who failed, why and who answered; bars keep their source",
        _FALLBACK, "test_a_failure_of_the_first_source_is_told_and_kept_and_every_row_names_who_answered",
    ),
    (
        "one source refuses requests while others would answer",
        "it alone is left alone: one breaker a source",
        _FALLBACK, "test_a_refusal_of_one_source_leaves_the_others_to_answer_and_is_not_hammered",
    ),
    (
        "a download is cut: its last date goes back",
        "the whole answer is refused, `truncated`; nothing of it is stored",
        _NIGHTS, "test_a_download_that_was_cut_is_refused_and_nothing_of_it_is_kept",
    ),
    (
        "an answer has fewer sessions than before within one span",
        "the whole answer is refused, `truncated`; nothing of it is stored",
        _REFRESH, "test_an_answer_with_a_hole_that_it_did_not_have_is_refused_as_a_whole",
    ),
    (
        "a row on a holiday, or a session without one",
        "`no session` holds the row; `missing session`",
        _CLIENT, "test_a_row_on_a_holiday_is_held_with_its_numbers_and_a_session_without_one_is_told",
    ),
    (
        "the machine's clock is wrong",
        "`clocks_disagree`: no bar is called final by a wrong clock",
        _CLIENT, "test_a_machine_whose_clock_is_wrong_takes_no_bar_for_final",
    ),
    (
        "the machine stands in another time zone",
        "nothing changes",
        _CLIENT, "test_the_zone_of_the_machine_changes_nothing",
    ),
    (
        "the same night is done again",
        "nothing is written",
        _NIGHTS, "test_the_same_night_done_again_writes_nothing",
    ),
    (
        "two different rows of one date",
        "`told twice`: neither is stored, nothing says which is right; equal ones are one row",
        _CLIENT, "test_of_two_different_rows_of_one_date_neither_is_believed",
    ),
    (
        "rows in disorder",
        "put in order by their own stamps",
        _CLIENT, "test_rows_in_disorder_are_put_in_order",
    ),
    (
        "a row of a day that has not come",
        "held back: `future session`",
        _CLIENT, "test_a_row_of_a_day_that_has_not_come_is_held_back",
    ),
    (
        "the client reads other rows than the answer holds",
        "refused: its reading is compared with one's own",
        _CLIENT, "test_a_reading_of_yfinance_that_differs_from_the_answer_is_refused",
    ),
    (
        "no network at all",
        "`no_network` in one sentence within a few seconds",
        _SILENCE, "test_a_refused_connection_is_one_sentence_with_the_remedy",
    ),
    (
        "a server that accepts and says nothing",
        "given up after the time limit",
        _SILENCE, "test_a_silent_server_is_given_up_within_a_few_limits",
    ),
    (
        "an answer is cut after any byte",
        "refused: `malformed`",
        _DAMAGE, "test_bytes_that_are_cut_anywhere_are_refused",
    ),
    (
        "bytes of an answer are flipped, shuffled, lost or doubled, 13,000 cases",
        "refused, or every bar is one that the bytes lawfully say",
        _DAMAGE, "test_damaged_bytes_are_refused_or_every_bar_is_one_that_they_say",
    ),
)  # fmt: skip
MODES: tuple[FailureMode, ...] = tuple(
    FailureMode("Yahoo", mode, answer, f"{file}::{test}") for mode, answer, file, test in _ROWS
)
