"""PostgreSQL databases for the bridge's own state while it is measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"
"""Where databases can be made, unless another server is named."""


@contextmanager
def fresh(server: str = SERVER) -> Iterator[str]:
    """The address of an empty database, which is gone afterwards."""
    name = f"sonisbridge_bench_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def tidied(address: str) -> None:
    """Do what autovacuum, which is on unless somebody turned it off, does a minute after many rows changed."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
