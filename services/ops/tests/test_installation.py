"""What the commands say when an installation does not answer, refuses, or hangs up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from parley_ops.installation import Installation, NotPossible

LOGIN = (
    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"token":"x"}'
)
PROXYS = b"HTTP/1.1 413 Too Large\r\nContent-Type: text/html\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<p/>"


@contextmanager
def serving(*answers: Callable[[socket.socket], None]) -> Iterator[str]:
    """Somebody who deals with one connection after the other in these ways."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                with server.accept()[0] as connection:
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(timeout=10)


def logs_in(connection: socket.socket) -> None:
    """Reads the request, which is a small one."""
    connection.recv(65_536)
    connection.sendall(LOGIN)


def hangs_up(connection: socket.socket) -> None:
    """Without reading: whoever still sends hears a reset."""
    connection.recv(1_024)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def refuses(connection: socket.socket) -> None:
    """As a proxy does it, in its own words."""
    connection.recv(65_536)
    connection.sendall(PROXYS)


def told(*answers: Callable[[socket.socket], None], size: int) -> str:
    with serving(logs_in, *answers) as url:
        at = Installation(url, "demo", "sam", "demo")
        with pytest.raises(NotPossible) as refused:
            at.send("POST", "/v1/contacts/import", b"x" * size, "text/csv")
    return str(refused.value)


def test_R31_a_connection_that_is_cut_while_much_is_sent_is_too_much() -> None:
    assert told(hangs_up, size=8 * 1024 * 1024).startswith("too_long: ")


def test_R31_a_connection_that_is_cut_is_not_an_installation_that_is_away() -> None:
    said = told(hangs_up, size=10)
    assert "has cut the connection" in said
    assert "is it running there?" not in said


def test_R31_a_proxys_refusal_is_told() -> None:
    assert told(refuses, size=10).startswith("too_long: ")


def test_R31_where_nothing_runs_that_is_asked() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NotPossible, match="is it running there"):
        Installation(url, "demo", "sam", "demo")
