"""An interrupt amid a query: the database is free again although the interrupt is still on its way."""

import pytest

from db import open_store
from db.engine import connect_to, connection


def write_and_stop_amid_a_query(opened):
    opened.exec_driver_sql("INSERT INTO world (id, name) VALUES (1, 'real')")
    rows = opened.exec_driver_sql("SELECT name FROM world UNION ALL SELECT version_num FROM alembic_version")
    assert rows.fetchone()
    raise KeyboardInterrupt


def test_an_interrupted_query_lets_go_of_the_database_and_keeps_nothing(db_url):
    impatient = f"{db_url}{'&' if '?' in db_url else '?'}timeout=0"
    engine = connect_to(impatient)
    with pytest.raises(KeyboardInterrupt) as stopped, connection(engine) as opened:
        write_and_stop_amid_a_query(opened)
    with open_store(impatient) as store, store.transaction() as transaction:
        transaction.claim_world("simulated")
        transaction.commit()
    assert stopped.tb
