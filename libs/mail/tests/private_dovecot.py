"""Debian's Dovecot, started for a test alone: own folder, own ports, own certificate; ended with everything it started."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
MISSING = (
    "DOVECOT IS MISSING, so nothing is tested against it: apt-get install -y --no-install-recommends dovecot-imapd"
)

CONFIG = """
base_dir = {here}/run
state_dir = {here}/state
log_path = {here}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{here}/cert.pem
ssl_key = <{here}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{here}/mail/%u
mail_uid = {mailer}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 0
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {group}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={mailer} gid={group} home={here}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
{more}
"""


class Dovecot:
    """`port` without TLS and for STARTTLS, `tls_port` for imaps, `authority`: the certificate to believe."""

    def __init__(self, more: str = "") -> None:
        self.here = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.here.chmod(0o755)
        self.port, self.tls_port = _free_port(), _free_port()
        self.authority = str(self.here / "cert.pem")
        _certify(self.here)
        root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        self._mailer = pwd.getpwnam("nobody" if root else me)
        (self.here / "mail").mkdir()
        self._owned(self.here / "mail")
        (self.here / "conf").write_text(
            CONFIG.format(
                here=self.here,
                mailer=self._mailer.pw_name,
                group=_group_of(self._mailer.pw_gid),
                login="dovenull" if root else me,
                internal="dovecot" if root else me,
                plain=self.port,
                tls=self.tls_port,
                more=more,
            )
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it listens."""
        assert DOVECOT is not None
        shutil.rmtree(
            self.here / "run", ignore_errors=True
        )  # sockets of those who were killed: they keep it from starting
        self._process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(self.here / "conf")], start_new_session=True, stderr=subprocess.PIPE
        )
        for _ in range(500):
            if self._listens():
                return
            if self._process.poll() is not None:
                assert self._process.stderr is not None
                raise RuntimeError(f"Dovecot does not start: {self._process.stderr.read().decode()}")
            time.sleep(0.02)
        raise RuntimeError("Dovecot does not listen")

    def kill(self) -> None:
        """Kill -9, all of it: its processes are its session's. Returns when the last of them is gone. The locks that they leave are taken away: another
        Dovecot would wait a minute for their owners."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._process = None
        while self._listens():
            time.sleep(0.01)
        for left in self.here.glob("mail/*/*.lock"):
            left.unlink()

    def _listens(self) -> bool:
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> None:
        """Gone, with its folder."""
        self.kill()
        shutil.rmtree(self.here, ignore_errors=True)

    def place(self, user: str, folder: str = "") -> Path:
        """The maildir of a user, made if it is missing; of a folder in it, as Dovecot names it."""
        place = self.here / "mail" / user / (f".{folder}" if folder else "")
        for part in (place.parent if folder else place, place, *(place / sub for sub in ("tmp", "new", "cur"))):
            if not part.exists():
                part.mkdir(parents=True)
                self._owned(part)
        return place

    def deliver(self, user: str, number: int, raw: bytes) -> None:
        """A mail, as a delivery agent puts it into the maildir; `number` rises."""
        place, name = self.place(user), f"{1_700_000_000 + number}.M{number}P1.test"
        (place / "tmp" / name).write_bytes(raw)
        self._owned(place / "tmp" / name)
        (place / "tmp" / name).rename(place / "new" / name)

    def renumber(self, user: str) -> None:
        """It numbers a mailbox anew. Only while it is down."""
        for lost in self.place(user).glob("dovecot.index*"):
            lost.unlink()
        listed = self.place(user) / "dovecot-uidlist"
        listed.write_text(re.sub(r" V(\d+) ", lambda found: f" V{int(found[1]) + 1} ", listed.read_text(), count=1))

    def _owned(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self._mailer.pw_uid, self._mailer.pw_gid)


def _group_of(gid: int) -> str:
    return grp.getgrgid(gid).gr_name


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _certify(here: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (here / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (here / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
