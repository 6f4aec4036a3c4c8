"""What kills a run, stops a database or misleads a clock, as rows of the table in docs/failures.md."""

from tests.failures import FailureMode

_NIGHTS = "tests/integration/test_crash_nights.py"
_WHOLE = "tests/integration/test_crash_whole_nights.py"
_OUTSIDE = "tests/integration/test_crash_outside.py"
_INTERRUPTED = "tests/integration/test_nightly_interruptions.py"
_LEASES = "tests/integration/test_lease_fencing.py"
_LOCKS = "tests/integration/test_store_runs_and_locks.py"
_OPENING = "tests/integration/test_store_opening.py"
_WORK = "tests/integration/test_store_unit_of_work.py"
_SERVER = "tests/integration/test_store_postgres_failures.py"
_STOPPED = "tests/integration/test_store_interrupts.py"
_MACHINE = "tests/properties/test_store_machine.py"

_CRASHES = (
    (
        "a refresh is killed (`kill -9`) at any of its database steps, 200 trials on either database",
        "the store is as before or as after it, never between; the next run completes",
        _NIGHTS, "test_a_refresh_killed_at_any_of_its_steps_loses_and_doubles_nothing",
    ),
    (
        "a refresh is killed from outside at a random time",
        "as above",
        _NIGHTS, "test_a_refresh_killed_from_outside_at_any_time_loses_and_doubles_nothing",
    ),
    (
        "a whole night is killed on either side of each of its commits",
        "the next run ends with the same prices, study and verdicts as an undisturbed one",
        _WHOLE, "test_a_whole_night_killed_at_any_of_its_commits_ends_as_an_undisturbed_one",
    ),
    (
        "a night is killed while it waits for its source",
        "entered as failed (`run_interrupted`) and done again by the next process",
        _INTERRUPTED, "test_a_killed_night_is_done_by_the_next_process_of_the_machine",
    ),
    (
        "Ctrl-C amid a fetch",
        "the lock is given back; the next run does the night",
        _INTERRUPTED, "test_an_interrupted_night_gives_its_lock_back_and_is_done_by_the_next_process",
    ),
    (
        "Ctrl-C amid a query",
        "the database is free at once, nothing is kept",
        _STOPPED, "test_an_interrupted_query_lets_go_of_the_database_and_keeps_nothing",
    ),
    (
        "two refreshers at once, as two processes",
        "one does the work; the other ends with exit code 5 or finds it done",
        _NIGHTS, "test_of_two_refreshers_at_once_one_does_the_work_and_the_other_ends_or_finds_it_done",
    ),
    (
        "two schedulers want one night",
        "one does it, the other postpones",
        _INTERRUPTED, "test_of_two_schedulers_that_want_a_night_at_once_one_does_it_and_the_other_waits",
    ),
    (
        "a run is so slow that its lease ends, and another takes the lock over",
        "`lease_lost` at its next commit; it writes nothing more",
        _LEASES, "test_a_night_whose_lock_was_taken_over_writes_nothing_more",
    ),
    (
        "the holder of a lock dies on another machine",
        "its lease ends after 30 minutes, then the night is done",
        _INTERRUPTED,
        "test_a_night_waits_for_a_lock_held_elsewhere_or_by_a_living_process_until_its_lease_ends",
    ),
    (
        "two processes grasp for one lock in the same moment",
        "exactly one gets it",
        _LOCKS, "test_of_two_processes_racing_for_a_lease_exactly_one_gets_it",
    ),
    (
        "a lease was taken by a clock that is a day ahead",
        "it binds nobody",
        _LEASES, "test_a_lease_from_a_clock_that_was_a_day_ahead_stops_nobody",
    ),
    (
        "a clock jumps a day ahead and takes a lock that is in use",
        "of the two runs one writes",
        _LEASES, "test_a_clock_that_jumps_a_day_ahead_takes_a_living_lock_and_only_one_of_the_two_writes",
    ),
    (
        "prices were recorded by a clock a day ahead, which is then set right",
        "what is known stays; revisions are refused (`clock_went_back`) until the clock is there",
        _LEASES,
        "test_after_a_clock_that_was_a_day_ahead_the_past_stays_and_the_right_clock_is_refused_until_it_is_there",
    ),
    (
        "a clock goes back a day",
        "`clock_went_back`, nothing is written",
        _LEASES, "test_a_clock_that_went_back_a_day_writes_nothing",
    ),
    (
        "fetches, revisions, crashes, clock jumps and second writers in any order",
        "every version is kept, answers never change, one version counts, one success a night",
        _MACHINE, "test_on_sqlite_no_order_of_things_loses_a_row_or_changes_an_answer",
    ),
)  # fmt: skip
_STORE = (
    (
        "the disk is full amid a refresh",
        "`database_full`, nothing of the step is kept; the next run completes",
        _OUTSIDE, "test_a_file_that_cannot_grow_is_a_full_disk_and_keeps_nothing_of_the_step",
    ),
    (
        "the file system refuses to let a file grow (a quota)",
        "exit code 4, nothing of the step is kept; the next run completes",
        _OUTSIDE, "test_a_file_system_that_refuses_to_write_any_further_loses_nothing",
    ),
    (
        "the disk of the PostgreSQL server is full (a trigger says so)",
        "`database_full`, nothing of the step is kept; the next run completes",
        _OUTSIDE, "test_a_server_whose_disk_is_full_keeps_nothing_of_the_step",
    ),
    (
        "the database file turns read-only",
        "`unwritable_database`; written again when it may be",
        _OUTSIDE, "test_a_file_that_turns_read_only_is_told_and_written_again_when_it_may_be",
    ),
    (
        "a PostgreSQL database turns read-only",
        "`unwritable_database`; it can still be read",
        _OUTSIDE, "test_a_server_that_turns_read_only_is_told_and_written_again_when_it_may_be",
    ),
    (
        "the PostgreSQL server restarts amid a transaction",
        "`database_unreachable`; the step is rolled back, the next run completes",
        _OUTSIDE, "test_a_server_that_restarts_amid_a_night_is_told_and_the_next_run_completes",
    ),
    (
        "the PostgreSQL server goes away and stays away",
        "`database_unreachable`, exit code 4; the next run completes",
        _OUTSIDE, "test_a_server_that_stays_away_is_told_and_the_next_run_completes",
    ),
    (
        "no PostgreSQL server listens at the address",
        "`database_unreachable`; the password is not told",
        _SERVER, "test_a_server_that_is_not_there_is_unreachable_and_the_password_stays_untold",
    ),
    (
        "a wrong password",
        "`database_refused`, exit code 2; the password is not told",
        _SERVER, "test_a_wrong_password_is_refused_and_not_told",
    ),
    (
        "a database name that the server does not know",
        "`database_refused`; nothing is made",
        _SERVER, "test_an_unknown_database_is_refused_and_not_made",
    ),
    (
        "a database user who may not write",
        "`unwritable_database`; reading works",
        _SERVER, "test_a_user_who_may_not_write_is_told_so_and_may_read",
    ),
    (
        "too many connections",
        "`database_busy`, exit code 4",
        _SERVER, "test_too_many_connections_are_a_busy_database",
    ),
    (
        "deadlock, serialization failure, out of memory, a failing disk of the server",
        "a typed error with exit code 4, nothing of the step is kept",
        _SERVER, "test_what_a_server_reports_amid_a_write_is_typed_and_nothing_of_the_step_is_kept",
    ),
    (
        "the server ends one connection amid the work",
        "`database_unreachable`, nothing is kept",
        _SERVER, "test_a_connection_that_the_server_ends_amid_the_work_is_unreachable_and_keeps_nothing",
    ),
    (
        "another process keeps the database locked",
        "`database_busy` after 30 seconds",
        _WORK, "test_a_store_that_another_process_keeps_locked_is_busy",
    ),
    (
        "two processes open a new database at once",
        "one makes the tables, both succeed",
        _OPENING, "test_two_processes_that_open_a_new_store_at_once_both_succeed",
    ),
    (
        "an address that names another database driver, or none",
        "`bad_database_url`; the password is not told",
        _OPENING, "test_an_unusable_address_is_refused_without_showing_its_password",
    ),
    (
        "a database that another program or a newer version made",
        "refused and left alone",
        _OPENING, "test_a_schema_newer_than_the_program_is_refused_and_left_alone",
    ),
)  # fmt: skip
MODES: tuple[FailureMode, ...] = tuple(
    FailureMode(area, mode, answer, f"{file}::{test}")
    for area, rows in (("crashes", _CRASHES), ("store", _STORE))
    for mode, answer, file, test in rows
)
