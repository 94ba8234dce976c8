"""ejabberd, where it is installed: started privately, with its message archive (mod_mam) in PostgreSQL."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from ..client.xmpp import HOST, PASSWORD

LIBRARIES = (*Path("/usr/lib").glob("*-linux-*"), Path("/usr/lib"))
SCHEMA = Path("/usr/share/ejabberd/sql/pg.sql")


class Missing(Exception):
    """ejabberd is not installed, or does not start; the message says which."""


_SETTINGS = """
hosts: [{host}]
loglevel: warning
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 65536, shaper: none}}
auth_method: [sql]
auth_password_format: plain
sql_type: pgsql
sql_server: "{server}"
sql_port: {sql_port}
sql_database: "{database}"
sql_username: "{user}"
sql_password: "{password}"
sql_pool_size: 10
modules:
  mod_mam: {{db_type: sql, default: always}}
"""


@contextmanager
def ejabberd(directory: Path, database_url: str, port: int, users: list[str]) -> Iterator[int]:
    """Its pid while it runs; `users` are its accounts. Raises Missing."""
    libraries = next((path for path in LIBRARIES if any(path.glob("ejabberd-*/ebin/ejabberd.beam"))), None)
    erlang = shutil.which("erl")
    if libraries is None or erlang is None or not SCHEMA.exists():
        raise Missing("ejabberd is not installed")
    _prepare(database_url, users)
    directory.mkdir(parents=True, exist_ok=True)
    parts = urlsplit(database_url)
    settings = directory / "ejabberd.yml"
    settings.write_text(
        _SETTINGS.format(
            host=HOST,
            port=port,
            server=parts.hostname,
            sql_port=parts.port or 5432,
            database=parts.path[1:],
            user=parts.username,
            password=parts.password or "",
        )
    )
    output = directory / "ejabberd.out"
    with output.open("ab") as log:
        process = subprocess.Popen(
            # Without a node name: no distribution, no epmd.
            [erlang, "-noinput", "-mnesia", "dir", f'"{directory}/spool"', "-s", "ejabberd"],
            cwd=directory,
            env={
                **os.environ,
                "ERL_LIBS": str(libraries),
                "HOME": str(directory),
                "EJABBERD_CONFIG_PATH": str(settings),
                "EJABBERD_LOG_PATH": str(directory / "ejabberd.log"),
                "ERL_CRASH_DUMP_SECONDS": "0",
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_listening(process, port, [output, directory / "ejabberd.log"])
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _prepare(database_url: str, users: list[str]) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(SCHEMA.read_bytes())
        accounts = [(user, PASSWORD) for user in users]
        connection.cursor().executemany("INSERT INTO users (username, password) VALUES (%s, %s)", accounts)


def _wait_listening(process: subprocess.Popen[bytes], port: int, logs: list[Path], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.1)
    tails = "\n".join(log.read_text(errors="replace")[-1_000:] for log in logs if log.exists())
    raise Missing(f"ejabberd does not start: {tails}")
