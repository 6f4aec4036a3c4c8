"""The unit of work: everything in one transaction is kept together, or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import migrations
from .articles import ArticleRepository, CheckRepository, FigureRepository
from .engine import connect_to, connection, without_password
from .events import EventRepository
from .locks import LockRepository
from .payloads import PayloadRepository
from .prices import PriceRepository
from .quality import QualityRepository
from .quarantine import QuarantineRepository
from .runs import RunRepository
from .signals import SignalRepository
from .studies import StudyRepository
from .worlds import claim_world, held_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from sqlalchemy import Connection, Engine


class Transaction:
    """One unit of work: a repository for each kind of thing, over one connection.

    Attributes
    ----------
    payloads, prices, quality, quarantine, events, articles, figures, checks, signals, studies, runs, locks
        The repositories; what they write is kept when `commit` is called, together.
    """

    def __init__(
        self, connection: Connection, before_commit: Callable[[Transaction], None] | None = None
    ) -> None:
        self._connection = connection
        self._before_commit = before_commit
        self.payloads = PayloadRepository(connection)
        self.prices = PriceRepository(connection)
        self.quality = QualityRepository(connection)
        self.quarantine = QuarantineRepository(connection)
        self.events = EventRepository(connection)
        self.articles = ArticleRepository(connection)
        self.figures = FigureRepository(connection)
        self.checks = CheckRepository(connection)
        self.signals = SignalRepository(connection)
        self.studies = StudyRepository(connection)
        self.runs = RunRepository(connection)
        self.locks = LockRepository(connection)

    def commit(self) -> None:
        """Keep everything done so far; what follows in the block needs another commit.

        Raises
        ------
        LeaseLost
            In a store from `Store.guarded`, if its lease is lost; nothing is kept.
        """
        if self._before_commit is not None:
            self._before_commit(self)
        self._connection.commit()

    def world(self) -> str | None:
        """Return the store's world, ``real`` or ``simulated``; None while nothing has claimed it."""
        return held_world(self._connection)

    def claim_world(self, name: str) -> None:
        """Make the store hold one world, or find that it does.

        Parameters
        ----------
        name : str
            ``real`` or ``simulated``; the first claim decides.

        Raises
        ------
        BadValue
            For another name.
        MixedWorlds
            If the store holds the other world.
        """
        claim_world(self._connection, name)


class Store:
    """A database of this service, migrated and ready; `open_store` makes it.

    Attributes
    ----------
    url : str
        Its address, safe to show: a password in it is replaced by ``***``.
    """

    def __init__(
        self, url: str, engine: Engine, before_commit: Callable[[Transaction], None] | None = None
    ) -> None:
        self.url = without_password(url)
        self._engine = engine
        self._before_commit = before_commit

    def guarded(self, before_commit: Callable[[Transaction], None]) -> Store:
        """Return the same store with something to be done, or found out, at the end of every write.

        Parameters
        ----------
        before_commit : callable
            Called in each transaction just before it is kept; what it raises stops the commit.

        Returns
        -------
        Store
            Over the same database.
        """
        return Store(self.url, self._engine, before_commit)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open a unit of work that is rolled back unless its `Transaction.commit` is called.

        Its first statement reserves the database for writing: on SQLite other writers wait, so
        compute first and open it late. Do not open another inside it.

        Yields
        ------
        Transaction
            Good inside the block only.

        Raises
        ------
        StoreError
            The typed form of any failure of the database: no room, no permission, busy, gone.
        """
        with connection(self._engine) as opened:
            yield Transaction(opened, self._before_commit)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a unit of work that reads one consistent state and may not write; it makes no writer wait.

        Yields
        ------
        Transaction
            Good inside the block only.

        Raises
        ------
        StoreError
            The typed form of any failure of the database; `UnwritableDatabase` for a write.
        """
        with connection(self._engine, reading=True) as opened:
            yield Transaction(opened)

    def close(self) -> None:
        """Let go of the database; the store cannot be used afterwards."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def open_store(url: str, *, create: bool = True) -> Store:
    """Open a database, bringing its schema up to date; one that is up to date is not written to.

    Parameters
    ----------
    url : str
        An SQLAlchemy address such as ``sqlite:////home/me/eventstudy.db``. The file is created
        where it is missing, its folder is not.
    create : bool
        Whether that file may be created; a question to a store that is not there should not make one.

    Returns
    -------
    Store
        Ready for use; also a context manager that closes it.

    Raises
    ------
    BadDatabaseUrl
        For an address that is none, an unknown kind of database or a missing driver.
    NoDatabase
        If the file is not there and may not be created.
    UnwritableDatabase
        If the folder is missing or cannot be written.
    NotADatabase
        If the file is no database, is damaged, or belongs to another program.
    SchemaTooNew
        If a newer version of this service has migrated it.
    StoreError
        For any other failure of the database.
    """
    engine = connect_to(url, create=create)
    migrations.upgrade(engine)
    return Store(url, engine)
