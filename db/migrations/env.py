"""What Alembic runs to migrate: the connection comes from the caller, who commits."""

from __future__ import annotations

from alembic import context

from db import schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
