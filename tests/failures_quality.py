"""What can be wrong with data that reads well, as rows of the table in docs/failures.md."""

from tests.failures import FailureMode

_AREA = "quality"
_ROWS_RULES = "tests/unit/test_quality_days_and_rows.py"
_STILL = "tests/unit/test_quality_stillness.py"
_SCALES = "tests/unit/test_quality_scales.py"
_MOVES = "tests/unit/test_quality_moves.py"
_PAIRS = "tests/unit/test_quality_pairs.py"
_FRESH = "tests/unit/test_quality_freshness.py"
_CHECK = "tests/integration/test_check_pipeline.py"
_MARKET = "tests/integration/test_check_on_market.py"

_ROWS: tuple[tuple[str, str, str], ...] = (
    (
        "a bar on a holiday or at a weekend",
        "quarantined with its row (`no session`)",
        f"{_ROWS_RULES}::test_a_bar_on_a_holiday_is_quarantined_with_its_row",
    ),
    (
        "a row without a close",
        "quarantined with what it has (`missing close`)",
        f"{_ROWS_RULES}::test_a_row_without_a_close_is_quarantined_with_what_it_has",
    ),
    (
        "a price of zero, below zero or infinite",
        "quarantined (`not a price`); yields may be zero or negative",
        f"{_ROWS_RULES}::test_a_close_that_is_no_price_is_quarantined",
    ),
    (
        "two faults in one row",
        "quarantined once",
        f"{_ROWS_RULES}::test_a_row_with_two_faults_is_quarantined_once",
    ),
    (
        "a session without a bar",
        "told (`missing session`), nothing is made up",
        f"{_ROWS_RULES}::test_any_other_weekday_without_a_rate_is_missed",
    ),
    (
        "a high below, or a low above, another price",
        "told (`inconsistent`), kept as it was",
        f"{_ROWS_RULES}::test_prices_outside_their_own_range_are_told",
    ),
    (
        "a source without open, high or low",
        "told once (`absent prices`)",
        f"{_ROWS_RULES}::test_a_source_without_high_and_low_is_told_once",
    ),
    (
        "one price all day for an index",
        "told (`flat bar`)",
        f"{_STILL}::test_one_flat_bar_among_bars_with_ranges_is_told",
    ),
    (
        "years of closes only in all four columns",
        "one finding (`flat run`)",
        f"{_STILL}::test_a_stretch_of_closes_only_is_one_finding",
    ),
    (
        "the bar of the day before told again",
        "told (`stale repeat`)",
        f"{_STILL}::test_a_bar_that_repeats_the_one_before_is_told",
    ),
    (
        "a close carried forward for days",
        "told once (`unchanged run`)",
        f"{_STILL}::test_a_close_that_stands_still_for_days_is_told_once",
    ),
    (
        "currency bars whose close is their open",
        "told where they are more than 2 % (`close equals open`)",
        f"{_STILL}::test_currency_bars_whose_close_is_their_open_are_told",
    ),
    (
        "a split that nobody adjusted for",
        "told with its ratio (`unadjusted split`)",
        f"{_SCALES}::test_a_price_that_falls_by_a_simple_ratio_and_stays_is_a_split",
    ),
    (
        "a price in another unit",
        "told there and back (`scale jump`)",
        f"{_SCALES}::test_a_leap_to_another_unit_and_back_is_told_on_both_days",
    ),
    (
        "a move beyond any price limit",
        "told (`limit move`)",
        f"{_SCALES}::test_a_move_beyond_thirty_per_cent_is_told",
    ),
    (
        "volumes that change their unit",
        "told where they do (`volume unit`)",
        f"{_SCALES}::test_volumes_in_another_unit_are_told_where_the_unit_changes",
    ),
    (
        "a jump of one series alone",
        "told (`unconfirmed jump`); a crash that its relatives share is not",
        f"{_MOVES}::test_a_jump_of_one_index_alone_is_told",
    ),
    (
        "a bad tick that the next day undoes",
        "told (`reversal`)",
        f"{_MOVES}::test_an_outlier_that_the_next_day_undoes_is_told_once",
    ),
    (
        "a row saved before the close",
        "told (`close out of place`)",
        f"{_MOVES}::test_a_close_that_the_next_open_contradicts_is_told",
    ),
    (
        "a close that stood still while its market moved",
        "told (`stood still`)",
        f"{_MOVES}::test_a_close_that_stands_still_while_the_market_moves_is_told",
    ),
    (
        "a series dated one session late or early",
        "told from where it begins (`stamp shift`), not of its relatives",
        f"{_PAIRS}::test_dates_a_session_off_are_told_from_where_they_begin",
    ),
    (
        "rows of another series in a file",
        "told once a pair (`copied rows`)",
        f"{_PAIRS}::test_rows_of_another_series_are_told_once_a_pair",
    ),
    (
        "two sources of one series that differ",
        "told by session, beyond the tolerance of its kind (`sources differ`)",
        f"{_PAIRS}::test_disagreements_name_both_sources_and_the_tolerance",
    ),
    (
        "a fund that follows its index badly",
        "told with its worst day (`tracking`)",
        f"{_PAIRS}::test_a_fund_that_follows_badly_is_told_with_its_worst_day",
    ),
    (
        "dividends that nobody adjusted for",
        "told once (`recurring drop`)",
        "tests/unit/test_quality_dividends.py::test_a_drop_every_july_is_told_once",
    ),
    (
        "a source that stopped without an error",
        "told by the sessions of its own market (`stale series`, `ended series`)",
        f"{_FRESH}::test_a_stale_series_is_a_warning_and_an_ended_one_a_notice",
    ),
    (
        "a bar fetched before its close and never again",
        "told (`unsettled`)",
        f"{_FRESH}::test_a_bar_fetched_before_its_close_and_never_again_is_told",
    ),
    (
        "a close off by a tenth of a per cent",
        "invisible in one source; found when a second one is given",
        f"{_MARKET}::test_a_close_that_twelve_basis_points_are_missing_from_needs_a_second_source",
    ),
    (
        "a second source that brings nothing to a check",
        "a typed error, nothing is kept",
        f"{_CHECK}::test_a_second_source_that_brings_nothing_is_an_error_and_nothing_is_kept",
    ),
    (
        "a second source that fails for one series",
        "that series is a listed exclusion, the others are compared",
        f"{_CHECK}::test_what_a_second_source_cannot_bring_is_listed_beside_what_it_brought",
    ),
    (
        "a simulated source held against real prices",
        "refused (`mixed_worlds`)",
        f"{_CHECK}::test_a_simulated_second_source_is_refused_beside_real_prices",
    ),
    (
        "a check asked about the past",
        "sees what was known then, keeps nothing",
        f"{_CHECK}::test_a_check_of_the_past_sees_the_past_and_keeps_nothing",
    ),
)

MODES: tuple[FailureMode, ...] = tuple(FailureMode(_AREA, *row) for row in _ROWS)
