"""`python -m bench.mails`: how much of a core and of memory the reading of a mail takes, for normal mails and for the worst that are allowed. Each kind is read
in a process of its own. Prints a table, or JSON with `--json`; keeps nothing."""

from __future__ import annotations

import argparse
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from parley_mail.reading import LIMITS, read
from parley_mail.refusals import MailRefused

HEAD = (
    "Return-Path: <erika@kunde.example>\r\nReceived: from mx.kunde.example by mx.bank.example; Mon, 3 Nov 2025 10:20:00 +0100\r\n"
    "From: =?utf-8?q?Erika_M=C3=BCller?= <erika@kunde.example>\r\nTo: service@bank.example\r\nSubject: AW: Ihre Rechnung\r\n"
    "Date: Mon, 3 Nov 2025 10:15:42 +0100\r\nMessage-ID: <1@kunde.example>\r\nReferences: <q7w8e9r0.item-42@mail.bank.example>\r\nMIME-Version: 1.0\r\n"
)
MIB = 1024 * 1024
WORDS = "Guten Tag, vielen Dank für Ihre Nachricht; ich habe noch eine Frage zu meiner Rechnung vom November. "
NEAR = LIMITS.bytes - 64 * 1024


def several(*parts: bytes, kind: str = "mixed") -> bytes:
    body = b"".join(b"--b\r\n" + each + b"\r\n" for each in parts)
    return f'{HEAD}Content-Type: multipart/{kind}; boundary="b"\r\n\r\n'.encode() + body + b"--b--\r\n"


def plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()


def html(text: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + text.encode()


def file(size: int) -> bytes:
    return (
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"%PDF-1.4\n" + os.urandom(size))
    )


def answer() -> bytes:
    quoted = "".join(f"> {WORDS}\n" for _ in range(20))
    return several(
        plain(f"{WORDS * 5}\n\nAm 03.11.25 um 10:12 schrieb Beratung:\n{quoted}"),
        html(f"<div dir=ltr>{WORDS * 5}</div><blockquote>{'<p>' + WORDS * 20}</blockquote>"),
        kind="alternative",
    )


KINDS: dict[str, Callable[[], bytes]] = {
    "an answer with HTML, 8 kB": answer,
    "a newsletter, 200 kB of tables": lambda: several(
        html(
            "<table><tr><td style='color:#333333;padding:2px'><a href=https://a.example/x>"
            + WORDS[:60]
            + "</a></td></tr></table>" * 1
            + "<table><tr><td style='color:#333333'>x y z<br></td></tr></table>" * 3_300
        )
    ),
    "a file of 5 MiB": lambda: several(plain(WORDS), file(5 * MIB)),
    "a file of 29 MiB": lambda: several(plain(WORDS), file(29 * MIB)),
    "40 MiB of text": lambda: several(plain(WORDS * (NEAR // len(WORDS.encode())))),
    "40 MiB of bytes, 8 bit": lambda: several(
        plain(WORDS),
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + os.urandom(NEAR),
    ),
    "a million lines of text": lambda: several(plain(("x" * 39 + "\n") * 999_000)),
    "a million lines that begin as boundaries": lambda: several(plain(("--" + "x" * 37 + "\n") * 999_000)),
    "two million empty lines": lambda: several(plain("\n" * 2_000_000)),
    "200 parts of HTML, 200 kB each": lambda: several(*[html("<p><b>x</b> " * 16_000)] * (LIMITS.parts - 1)),
    "20 parts deep, a million lines": lambda: deep(18, 999_000 * 2),
    "1 MB of nested tags": lambda: several(html("<div>" * 199_000)),
    "1 MB of links": lambda: several(html("<a href=http://x>" * 58_000)),
}


def deep(depth: int, size: int) -> bytes:
    body = plain("x\n" * (size // 2))
    for each in range(depth):
        body = (
            f'Content-Type: multipart/mixed; boundary="b{each}"\r\n\r\n--b{each}\r\n'.encode()
            + body
            + f"\r\n--b{each}--\r\n".encode()
        )
    return several(body)


def most_memory() -> int:
    """The most that this process ever had, in KiB."""
    rows = Path("/proc/self/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM:"))


def measured(kind: str, content: str) -> dict[str, object]:
    """Milliseconds of one core and MiB of reading one mail, in this process."""
    raw = Path(content).read_bytes()
    read(answer())
    before = most_memory()
    times, result = [], "read"
    for _ in range(50 if len(raw) < 100_000 else 1):
        began = time.process_time()
        try:
            read(raw)
        except MailRefused as refused:
            result = refused.code
        times.append((time.process_time() - began) * 1000)
    return {
        "kind": kind,
        "bytes": len(raw),
        "cpu_ms": round(median(times), 1),
        "more_mib": round((most_memory() - before) / 1024),
        "result": result,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mails", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON, not as a table")
    parser.add_argument("--kind", choices=tuple(KINDS), help="only this one, in this process, as JSON; with --file")
    parser.add_argument("--file", help="where the mail is")
    asked = parser.parse_args()
    if asked.kind:
        print(json.dumps(measured(asked.kind, asked.file)))
        return 0
    rows = []
    with TemporaryDirectory() as folder:
        for number, (kind, make) in enumerate(KINDS.items()):
            path = Path(folder) / str(number)
            path.write_bytes(make())
            done = subprocess.run(
                [sys.executable, "-m", "bench.mails", "--kind", kind, "--file", str(path)],
                capture_output=True,
                text=True,
                check=True,
            )
            rows.append(json.loads(done.stdout))
    if asked.json:
        print(json.dumps(rows, indent=1))
        return 0
    print(f"{'':<44} {'mail, MB':>9} {'CPU ms':>9} {'more MiB':>9}")
    for row in rows:
        print(
            f"{row['kind']:<44} {row['bytes'] / 1e6:>9.2f} {row['cpu_ms']:>9.1f} {row['more_mib']:>9}  {row['result']}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
