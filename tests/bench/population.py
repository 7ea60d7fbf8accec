"""Many users with two tokens each, and a long audit trail: rows as the service itself would have written them.

Every seed opens and every chain of MACs holds, but nothing goes through the service: a million users take a minute.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import make_url

from tests.product import Product
from validate_service.core.key_ring import KeyRing
from validate_service.core.lockout import MICROSECONDS
from validate_service.core.ports import Transaction
from validate_service.core.seeds import Seeds
from validate_service.primitives.hotp import code_at
from validate_service.primitives.sealing import key_id_of
from validate_service.storage.audit_lanes import CONTENT, LaneEnd, next_mac
from validate_service.storage.tables import audit_events, devices, users

DEVICES_EACH = 2
LANES = 64
DAY = 24 * 3600 * MICROSECONDS
DAYS = 400
"""How far back the audit trail goes; what is written down of it is evenly spread."""

_FIRST_ID = 1_000_000
"""Of what is written here: what the service adds has smaller numbers, and goes on behind."""

_USER_COLUMNS = (
    *("id", "tenant_id", "domain", "username", "domain_key", "username_key"),
    *("enabled", "pin_must_change", "failed_at", "created_at"),
)
_DEVICE_COLUMNS = (
    *("tenant_id", "user_id", "serial", "serial_key", "kind", "sealed_seed", "key_id", "digits", "algorithm"),
    *("period", "window", "last_spent", "drift", "enabled", "failed_at", "created_at", "activated"),
)
_EVENT_COLUMNS = ("lane", "seq", *CONTENT, "mac")

Rows = Iterable[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class StillRing:
    """A key ring that is not looked up anew each time, and that nobody changes meanwhile."""

    ring: KeyRing

    def current(self) -> KeyRing:
        return self.ring

    def hold(self, transaction: Transaction) -> None:
        pass

    def claim(self, transaction: Transaction) -> None:
        pass


def user_name(number: int) -> str:
    """Return the name of one of the users."""
    return f"user{number:07}"


def next_code(number: int, counter: int) -> str:
    """Return a code of the first token of a user; counters begin at 0."""
    return code_at(_seed(_serial(number, 0)), counter)


def _serial(number: int, device: int) -> str:
    return f"T{number:07}-{device}"


def _seed(serial: str) -> bytes:
    return hashlib.sha1(serial.encode(), usedforsecurity=False).digest()


def user_rows(product: Product, count: int) -> Rows:
    """Yield so many users of the product's tenant."""
    for number in range(count):
        name = user_name(number)
        yield (_FIRST_ID + number, product.tenant.id, "", name, "", name, True, False, 0, 1)


def device_rows(product: Product, count: int) -> Rows:
    """Yield the tokens of so many users."""
    tenant_id, ring = product.tenant.id, StillRing(product.installation.keys.current())
    seeds = Seeds(ring, ring, os.urandom)
    with product.installation.database.write() as transaction:
        for number in range(count):
            for device in range(DEVICES_EACH):
                serial = _serial(number, device)
                sealed = seeds.seal(transaction, tenant_id, serial, _seed(serial))
                key_id = key_id_of(sealed)
                yield (
                    *(tenant_id, _FIRST_ID + number, serial, serial.casefold(), "hotp", sealed, key_id, 6, "sha1"),
                    *(30, 10, -1, 0, True, 0, 1, True),
                )


def event_rows(product: Product, count: int, users: int, now: int) -> Iterator[tuple[Any, ...]]:
    """Yield so many events of the last ``DAYS`` days, the oldest first, each in the next lane's turn."""
    audit_key, tenant_id = product.installation.keys.current().audit_key, product.tenant.id
    lanes = [os.urandom(16).hex() for _ in range(LANES)]
    ends = dict.fromkeys(lanes, LaneEnd())
    step = DAYS * DAY // max(count, 1)
    for number in range(count):
        lane = lanes[number % LANES]
        # A prime, so that one user's events are far apart.
        user = number * 7919 % users
        seq = ends[lane].seq + 1
        # As each process numbers its requests.
        request_id = f"{lane[:24]}{seq:08x}"
        content = (
            *(now - DAYS * DAY + number * step, tenant_id, "otp:verify", "accepted", "soap", "ValidateOTP"),
            *("192.0.2.1", request_id, "Portal", _FIRST_ID + user, user_name(user), _serial(user, 0)),
        )
        end = ends[lane] = LaneEnd(seq, next_mac(audit_key, lane, ends[lane], content))
        yield (lane, end.seq, *content, end.mac)


def populate(product: Product, users_count: int, events_count: int, now: int) -> None:
    """Write users, tokens and events into the product's database, which is on PostgreSQL."""
    url = make_url(product.settings.database)
    with psycopg.connect(
        f"host={url.query['host']} user=postgres dbname={url.database}", autocommit=True
    ) as connection:
        # What is copied refers to what is copied; a crash meanwhile means to begin anew.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        _copy(connection, users.name, _USER_COLUMNS, user_rows(product, users_count))
        _copy(connection, devices.name, _DEVICE_COLUMNS, device_rows(product, users_count))
        indexes = _drop_indexes(connection, audit_events.name)
        _copy(connection, audit_events.name, _EVENT_COLUMNS, event_rows(product, events_count, users_count, now))
        for index in indexes:
            connection.execute(index)
        connection.execute("SELECT setval('users_id_seq', (SELECT max(id) FROM users))")
        connection.execute("VACUUM ANALYZE")


def _copy(connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...], rows: Rows) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row(row)


def _drop_indexes(connection: psycopg.Connection[Any], table: str) -> list[bytes]:
    """Drop the indexes of *table* that belong to no constraint; return how they are made: many rows are faster so."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint WHERE conname = indexname)",
        [table],
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition.encode() for _, definition in found]
