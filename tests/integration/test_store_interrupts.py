"""An interrupt amid a query: the file is free again although the interrupt is still on its way."""

import pytest

from db import open_store
from db.engine import connect_to, connection
from tests.store_examples import address


def write_and_stop_amid_a_query(opened):
    opened.exec_driver_sql("INSERT INTO world (id, name) VALUES (1, 'real')")
    rows = opened.exec_driver_sql("SELECT name FROM sqlite_master")
    assert rows.fetchone()
    raise KeyboardInterrupt


def test_an_interrupted_query_lets_go_of_the_file_and_keeps_nothing(tmp_path):
    url = address(tmp_path / "store.db")
    open_store(url).close()
    engine = connect_to(f"{url}?timeout=0")
    with pytest.raises(KeyboardInterrupt) as stopped, connection(engine) as opened:
        write_and_stop_amid_a_query(opened)
    with open_store(f"{url}?timeout=0") as store, store.transaction() as transaction:
        transaction.claim_world("simulated")
        transaction.commit()
    assert stopped.tb
