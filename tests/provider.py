"""A real provider of logins (OpenID Connect, oidc-provider of npm), as a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from servers import Unavailable, free_port

HERE = Path(__file__).parent / "oidc"
PEOPLE = {
    "1": {"preferred_username": "gwen", "name": "Gwen", "roles": ["chat-agents"], "tid": "saltmarsh"},
    "2": {"preferred_username": "hugo", "name": "Hugo", "roles": ["chat-admins", "chat-agents"], "tid": "saltmarsh"},
    "3": {"preferred_username": "ivy", "name": "Ivy", "roles": ["others"], "tid": "saltmarsh"},
    "4": {"preferred_username": "jack", "name": "Jack", "roles": ["chat-agents"], "tid": "elsewhere"},
    "5": {"preferred_username": "ada", "name": "Not Ada", "roles": ["chat-admins"], "tid": "saltmarsh"},
    "6": {"preferred_username": "two words", "name": "X", "roles": ["chat-agents"], "tid": "saltmarsh"},
}
"""Whom it knows, by what they type as their login; any password will do."""


class Provider(NamedTuple):
    """Where it will be, and the folder with its program."""

    issuer: str
    folder: Path

    @classmethod
    def installed(cls, folder: Path, missing: Callable[[str, Unavailable, str], object]) -> Provider:
        """With its packages fetched; `missing` is told where that cannot be."""
        npm = shutil.which("npm")
        if npm is None or shutil.which("node") is None:
            missing("OpenID Connect", Unavailable("no node and npm on this machine"), "PARLEY_REQUIRE_NODE")
        for name in ("package.json", "provider.js"):
            shutil.copy(HERE / name, folder)
        command = [str(npm), "install", "--no-audit", "--no-fund", "--prefer-offline"]
        if subprocess.run(command, cwd=folder, capture_output=True, text=True).returncode:
            missing("OpenID Connect", Unavailable("oidc-provider could not be fetched"), "PARLEY_REQUIRE_NODE")
        return cls(f"http://127.0.0.1:{free_port()}", folder)

    @contextmanager
    def running(self, url: str) -> Iterator[None]:
        """For the Parley at `url`."""
        port = self.issuer.rpartition(":")[2]
        command = ["node", "provider.js", port, f"{url}/v1/oidc/callback", json.dumps(PEOPLE)]
        with subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            try:
                assert process.stdout.readline().strip() == "ready"
                yield
            finally:
                process.terminate()
