"""Payloads: what a source sent is kept once, byte for byte, and damage to it is found."""

import gzip
import hashlib
import sqlite3
import zlib
from contextlib import closing

import pytest

from db import open_store
from db.refusals import DamagedPayload, UnknownPayload
from eventstudy.errors import BadValue
from tests.databases import ask, content, file_of
from tests.store_examples import MONDAY, TUESDAY

EVERY_BYTE = bytes(range(256)) * 3
# FIPS 180-2, appendix B.1
ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def store(db_url):
    with open_store(db_url) as opened:
        yield opened


def keep(store, content, at=MONDAY):
    with store.transaction() as t:
        hash_ = t.payloads.write(content, at)
        t.commit()
    return hash_


def read(store, hash_):
    with store.reading() as t:
        return t.payloads.read(hash_)


@pytest.mark.parametrize("content", [b"", b"abc", EVERY_BYTE, gzip.compress(EVERY_BYTE), b"a" * 1_000_000])
def test_a_payload_comes_back_byte_for_byte(store, content):
    assert read(store, keep(store, content)) == content


def test_a_payload_is_named_by_its_sha256(store):
    assert keep(store, b"abc") == ABC_SHA256


def test_a_payload_told_again_is_kept_once_with_the_instant_of_the_first_time(store, db_url):
    keep(store, EVERY_BYTE)
    before = content(db_url)
    keep(store, EVERY_BYTE, TUESDAY)
    assert content(db_url) == before
    assert len(before["payloads"]) == 1


def test_a_payload_is_kept_compressed_beside_its_true_size(store, db_url):
    keep(store, b"a" * 1_000_000)
    [(size, packed)] = ask(db_url, "SELECT size, content FROM payloads")
    assert size == 1_000_000
    assert len(packed) < 10_000
    assert zlib.decompress(packed) == b"a" * 1_000_000


def test_the_store_says_whether_it_holds_a_payload(store):
    hash_ = keep(store, b"abc")
    with store.reading() as t:
        assert t.payloads.holds(hash_)
        assert not t.payloads.holds("0" * 64)


def test_a_payload_that_is_not_kept_is_named(store):
    with pytest.raises(UnknownPayload, match="0" * 64):
        read(store, "0" * 64)


def test_an_instant_without_a_zone_is_refused(store):
    with pytest.raises(BadValue, match="time zone"):
        keep(store, b"abc", MONDAY.replace(tzinfo=None))


def test_a_payload_damaged_at_any_byte_is_never_read_as_if_it_were_sound(sqlite_url):
    with open_store(sqlite_url) as store:
        hash_ = keep(store, EVERY_BYTE)
        [(packed,)] = ask(sqlite_url, "SELECT content FROM payloads")
        with closing(sqlite3.connect(file_of(sqlite_url))) as raw:
            for place in range(len(packed)):
                damaged = bytearray(packed)
                damaged[place] ^= 1 << (place % 8)
                raw.execute("UPDATE payloads SET content = ?", (bytes(damaged),))
                raw.commit()
                assert found(store, hash_) in {EVERY_BYTE, "damaged"}
                if hashlib.sha256(inflated(damaged)).hexdigest() != hash_:
                    assert found(store, hash_) == "damaged"


def found(store, hash_):
    try:
        return read(store, hash_)
    except DamagedPayload:
        return "damaged"


def inflated(packed):
    try:
        return zlib.decompress(packed)
    except zlib.error:
        return b""


def test_a_payload_that_was_cut_short_or_exchanged_is_damaged(store, db_url):
    hash_ = keep(store, b"abc")
    other = keep(store, b"abcd")
    ask(db_url, f"UPDATE payloads SET content = (SELECT content FROM payloads WHERE hash = '{other}')")
    with pytest.raises(DamagedPayload, match="SHA-256 is"):
        read(store, hash_)
    ask(db_url, "UPDATE payloads SET size = 7")
    with pytest.raises(DamagedPayload, match="4 bytes, its row says 7"):
        read(store, other)
