"""What can go wrong with what is stored, and the tests that prove the answers."""

from tests.failures import FailureMode

PRICES = "tests/integration/test_store_prices.py::"
PAYLOADS = "tests/integration/test_store_payloads.py::"
QUARANTINE = "tests/integration/test_store_quarantine.py::"
UPKEEP = "tests/integration/test_store_upkeep.py::"
VERIFICATION = "tests/integration/test_store_verification.py::"
OLD = "tests/integration/test_store_old_versions.py::"
MIGRATIONS = "tests/integration/test_store_migrations.py::"
HISTORY = "tests/properties/test_store_history.py::"

ROWS = (
    (
        "a source changes a price that was stored",
        "a new version beside the old one; what was known before stays as it was",
        PRICES + "test_what_was_known_before_a_revision_never_changes",
    ),
    (
        "a source no longer tells a session it told before",
        "the bar stays",
        PRICES + "test_sessions_that_a_source_no_longer_tells_are_kept",
    ),
    (
        "the same bars are told again",
        "nothing is written, not a row",
        PRICES + "test_a_second_write_of_the_same_bars_changes_nothing",
    ),
    (
        "another source tells the same prices with its own rounding",
        "within the tolerance of the series nothing changes",
        PRICES + "test_another_source_within_the_tolerance_changes_nothing",
    ),
    (
        "another source tells another price",
        "a revision, listed with both values, both finalities and the source",
        PRICES + "test_another_source_outside_the_tolerance_is_a_revision_of_that_session_alone",
    ),
    (
        "bars out of order, repeated, without a close or with an unknown finality",
        "`bad_prices`; nothing is stored",
        PRICES + "test_bars_that_no_store_should_hold_are_refused",
    ),
    (
        "the machine's clock went back",
        "`clock_went_back`; the past is not rewritten",
        PRICES + "test_a_clock_that_went_back_may_not_rewrite_the_past",
    ),
    (
        "an instant without a time zone",
        "`bad_value`",
        PRICES + "test_an_instant_without_a_zone_is_refused",
    ),
    (
        "any sequence of writes, releases and rejections",
        "every answer as of an earlier instant stays the same",
        HISTORY + "test_as_of_answers_never_change_after_any_later_write_release_or_rejection",
    ),
    (
        "a payload that was damaged on the disk is read",
        "`damaged_payload`; it is never read as if it were sound",
        PAYLOADS + "test_a_payload_damaged_at_any_byte_is_never_read_as_if_it_were_sound",
    ),
    (
        "a released row is refused by the same check the next night",
        "it is not held anew and its bar stays",
        QUARANTINE + "test_a_released_row_told_again_is_not_held_anew_and_its_bar_stays",
    ),
    (
        "a quarantined row without a lawful close is to be released",
        "`unreleasable`; it stays held",
        QUARANTINE + "test_a_row_that_can_be_no_bar_is_not_released_and_stays_held",
    ),
    (
        "a quarantined row is reviewed twice",
        "`not_held`; the first review stands",
        QUARANTINE + "test_a_row_is_reviewed_once",
    ),
    (
        "a row is released where a bar is",
        "a revision; the old version stays known for its time",
        QUARANTINE + "test_a_release_over_a_bar_is_a_revision_and_the_old_version_stays_known",
    ),
    (
        "somebody edits a stored price by hand",
        "`verify` names the batch",
        VERIFICATION + "test_a_bar_or_batch_changed_by_hand_is_found",
    ),
    (
        "somebody deletes a stored bar",
        "`verify` names the batch and the version without a predecessor",
        VERIFICATION + "test_a_bar_that_was_deleted_is_found",
    ),
    (
        "one bit of a kept payload flips",
        "`verify` names the payload",
        VERIFICATION + "test_one_damaged_bit_of_a_payload_is_found",
    ),
    (
        "somebody edits a stored study",
        "`verify` names the study",
        VERIFICATION + "test_a_study_changed_by_hand_is_found",
    ),
    (
        "a gap or an overlap between the versions of a bar",
        "`verify` names the version",
        VERIFICATION + "test_a_history_that_cannot_have_happened_is_found",
    ),
    (
        "the ledger says that a run is running and has ended",
        "`verify` names the run",
        VERIFICATION + "test_a_ledger_that_contradicts_itself_is_found",
    ),
    (
        "a page of the database file is overwritten",
        "`verify` finds it, or `not_a_database`, whichever page it is",
        VERIFICATION + "test_a_file_with_a_damaged_page_is_found_or_refused_at_every_page",
    ),
    (
        "somebody drops an index or a table",
        "`verify` says how the schema differs",
        VERIFICATION + "test_a_schema_that_somebody_changed_is_found",
    ),
    (
        "PostgreSQL would give a number twice",
        "`verify` names the table",
        VERIFICATION + "test_numbers_that_would_be_given_twice_are_found",
    ),
    (
        "a backup would overwrite a file",
        "`file_in_the_way`; the file stays",
        UPKEEP + "test_a_backup_does_not_overwrite",
    ),
    (
        "a backup fails midway",
        "no file is left behind",
        UPKEEP + "test_a_backup_that_fails_midway_leaves_nothing",
    ),
    (
        "prices are written while a backup is made",
        "each transaction is in the backup as a whole or not at all",
        UPKEEP + "test_what_is_written_during_a_backup_is_in_it_as_a_whole_or_not_at_all",
    ),
    (
        "a backup is restored into a database that holds something",
        "`not_empty`; nothing is changed",
        UPKEEP + "test_a_database_that_holds_a_row_is_not_restored_into",
    ),
    (
        "a restore fails midway",
        "nothing of the backup is kept",
        UPKEEP + "test_a_restore_that_fails_midway_keeps_nothing",
    ),
    (
        "something that is no backup is restored",
        "`no_database`, `not_a_database` or `schema_too_new`",
        UPKEEP + "test_files_that_are_no_backup_are_refused",
    ),
    (
        "a backup of an older version is restored",
        "it is brought up to date in a copy; the backup stays as it was",
        UPKEEP + "test_a_backup_of_an_older_version_is_restored_and_left_as_it_was",
    ),
    (
        "a store of an older version is opened",
        "it is brought up to date without the loss of a row, and can be taken back",
        OLD + "test_an_old_store_that_was_brought_up_and_taken_back_holds_every_row_as_before",
    ),
    (
        "a migration fails",
        "the schema is as it was",
        MIGRATIONS + "test_a_migration_that_fails_leaves_the_schema_as_it_was",
    ),
)
MODES: tuple[FailureMode, ...] = tuple(FailureMode("store", *row) for row in ROWS)
