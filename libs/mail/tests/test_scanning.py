"""R31: a file is clean, or holds something by name, or nobody can say so in time."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from fake_clamd import EICAR, SMALL, Mood, clamd
from parley_mail.scanning import Clean, Found, Scanner, Unavailable, Verdict


async def test_R31_a_clean_file_is_clean_and_came_whole(tmp_path: Path) -> None:
    content = [b"a" * 200_000, b"", b"b" * 3]
    async with clamd(path=tmp_path / "clamd.sock") as (address, fake):
        assert await Scanner(address).scan(content) == Clean()
    assert fake.received == [b"".join(content)]


async def test_R31_what_is_found_has_a_name() -> None:
    async with clamd() as (address, _):
        assert await Scanner(address).scan([EICAR[:30], EICAR[30:]]) == Found("Eicar-Signature")
        assert await Scanner(address).scan([]) == Clean()


@pytest.mark.parametrize(
    ("mood", "verdict"),
    [
        ("silent", Unavailable("slow")),
        ("hangs up", Unavailable("failed")),
        ("garbled", Unavailable("failed")),
        ("endless", Unavailable("failed")),
        ("small", Unavailable("too_large")),
    ],
)
async def test_R31_a_scanner_that_does_not_answer_never_means_clean(mood: Mood, verdict: Verdict) -> None:
    began = time.monotonic()
    async with clamd(mood) as (address, _):
        assert await Scanner(address, whole=0.5).scan([b"x" * (SMALL // 10)] * 20) == verdict
    assert time.monotonic() - began < 3


async def test_R31_nobody_there_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert await Scanner(f"tcp://127.0.0.1:{port}").scan([b"x"]) == Unavailable("unreachable")
    assert await Scanner(f"unix://{tmp_path}/none").scan([b"x"]) == Unavailable("unreachable")


@pytest.mark.parametrize("address", ["", "127.0.0.1:3310", "http://127.0.0.1:3310", "unix:", "tcp://host"])
def test_R31_an_address_that_is_none_is_said_at_the_start(address: str) -> None:
    with pytest.raises(ValueError, match="A scanner's address is"):
        Scanner(address)
