"""Persistence, the only home of SQLAlchemy and Alembic: a store to work with, and the upkeep of a whole one.

Its names load on first use, so that the command line can answer ``--help`` at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.store import open_store
    from db.upkeep import backup, downgrade, restore, verify

PART_OF = "eventstudy"

__all__ = ["backup", "downgrade", "open_store", "restore", "verify"]


def __getattr__(name: str) -> object:
    if name in __all__:
        home = "db.store" if name == "open_store" else "db.upkeep"
        return getattr(import_module(home), name)
    raise AttributeError(f"module 'db' has no attribute '{name}'")
