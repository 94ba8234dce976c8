"""R30, R31: files are kept whole or not at all, once, under the hash of what is in them, and no name leads elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_mail.files import FileStore, Folder, Stored
from parley_mail.refusals import FileRefused

HELLO = sha256(b"hello").hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def store(root: Path) -> FileStore:
    return Folder(root)


def files_of(root: Path) -> list[Path]:
    return sorted(each for each in root.rglob("*") if each.is_file())


def test_R30_what_is_put_is_there_under_its_hash(store: FileStore, root: Path) -> None:
    assert store.put(iter([b"%PDF", b"-1.7\n"]), 100) == Stored(sha256(b"%PDF-1.7\n").hexdigest(), 9, "application/pdf")
    assert store.put([b"hel", b"", b"lo"], 5) == Stored(HELLO, 5, "text/plain")
    assert store.has(HELLO)
    assert b"".join(store.open(HELLO)) == b"hello"
    assert files_of(root)[0].stat().st_mode & 0o077 == 0
    assert b"".join(Folder(root).open(HELLO)) == b"hello"


def test_R30_the_same_content_is_kept_once(store: FileStore, root: Path) -> None:
    assert store.put([b"hello"], 10) == store.put([b"h", b"ello"], 10)
    assert len(files_of(root)) == 1
    assert store.remove(HELLO)
    assert not store.remove(HELLO)
    assert not store.has(HELLO)
    assert files_of(root) == []


def test_R31_too_much_is_refused_and_leaves_nothing(store: FileStore, root: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        store.put((b"x" * 1000 for _ in range(1000)), 5_000)
    assert refused.value.code == "too_large"
    assert files_of(root) == []


def test_R30_a_source_that_fails_leaves_nothing(store: FileStore, root: Path) -> None:
    def fails() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        store.put(fails(), 100)
    assert files_of(root) == []


NAMES = (
    st.text(max_size=80)
    | st.text("../\\0af\x00", max_size=70)
    | st.sampled_from(["..", "/etc/passwd", HELLO.upper(), HELLO + "\n", "incoming", HELLO[:-1] + "٣", f"../{HELLO}"])
)


@given(name=NAMES)
def test_R31_no_name_from_outside_reaches_the_file_system(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    store = Folder(tmp_path_factory.getbasetemp() / "names")
    store.put([b"hello"], 10)
    if name == HELLO:
        return
    assert not store.has(name)
    for do in (store.open, store.remove):
        if do is store.remove and len(name) == 64 and set(name) <= set("0123456789abcdef"):
            continue
        with pytest.raises(FileRefused) as refused:
            do(name)
        assert refused.value.code == "unknown_file"
    assert store.has(HELLO)


def test_R30_what_was_changed_on_the_disk_is_not_passed_off(store: FileStore, root: Path) -> None:
    store.put([b"hello"], 10)
    files_of(root)[0].write_bytes(b"hallo")
    with pytest.raises(FileRefused) as refused:
        b"".join(store.open(HELLO))
    assert refused.value.code == "damaged"
    store.put([b"hello"], 10)
    assert b"".join(store.open(HELLO)) == b"hello"


KILLED = """
import os, sys, pathlib
from parley_mail.files import Folder
def content():
    for each in range(1000):
        yield b"x" * 10_000
        if each == 300:
            os.kill(os.getpid(), 9)
Folder(pathlib.Path(sys.argv[1])).put(content(), 10**9)
"""


def test_R30_what_a_killed_process_left_is_no_file_and_is_swept(store: Folder, root: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(root)], env={**os.environ}, check=False)
    assert ended.returncode == -9
    [left] = files_of(root)
    assert left.parent.name == "incoming"
    os.utime(left, (1_000, 1_000))
    young = root / "incoming" / "young"
    young.write_bytes(b"")
    assert store.sweep(before=2_000) == 1
    assert files_of(root) == [young]


def test_R30_many_put_the_same_at_once(store: FileStore, root: Path) -> None:
    found: list[Stored] = []
    threads = [
        threading.Thread(target=lambda: found.extend(store.put([b"hello"], 10) for _ in range(20))) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [Stored(HELLO, 5, "text/plain")] * 80
    assert len(files_of(root)) == 1


def test_R30_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_is_before_it_is_said(
    store: FileStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    replace, fsync = os.replace, os.fsync

    def named(old: Path, new: Path) -> None:
        done.append("named")
        replace(old, new)

    def synced(handle: int) -> None:
        done.append(os.readlink(f"/proc/self/fd/{handle}").removeprefix(f"{root}/"))
        fsync(handle)

    monkeypatch.setattr(os, "replace", named)
    monkeypatch.setattr(os, "fsync", synced)
    store.put([b"hello"], 10)
    at = done.index("named")
    assert any(each.startswith("incoming/") for each in done[:at])
    assert {str(root), HELLO[:2]} <= {*done[:at]}
    assert f"{HELLO[:2]}/{HELLO[2:4]}" in done[at:]
