"""Persistence: the only home of SQLAlchemy and Alembic; `open_store` is its one public name.

It loads on first use, so that the command line can answer ``--help`` at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.store import open_store

PART_OF = "eventstudy"

__all__ = ["open_store"]


def __getattr__(name: str) -> object:
    if name == "open_store":
        return import_module("db.store").open_store
    raise AttributeError(f"module 'db' has no attribute '{name}'")
