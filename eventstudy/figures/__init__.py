"""Quoted figures: whether their own arithmetic, the calendar and stored prices bear them out."""

from __future__ import annotations

from eventstudy.figures.check import check

__all__ = ["check"]
