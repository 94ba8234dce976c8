"""The gateway's settings, read from the environment here and nowhere else."""

from __future__ import annotations

from parley_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`PARLEY_…`: see ServiceSettings for what all services have."""

    metrics_port: int = 0
    """The port for /metrics, and for /readyz with every detail; 0 = none. `port` is for everybody, and has neither."""

    secret: str = ""
    """Signs logins and visitors' secrets; the same for all gateway processes of an installation."""

    mailbox_secret: str = ""
    """Seals the mailboxes' passwords; the crm-loggers have the same, and not the one above. Without it: `secret`."""

    files: str = ""
    """The folder with mails and their files, the same for gateways and crm-loggers. Without it none is taken or handed out."""

    scanner: str = ""
    """Where ClamAV listens, `tcp://HOST:PORT` or `unix:///PATH`: each file is looked at before it is handed out."""

    login_ttl_s: int = 12 * 3600
    """How long a login holds."""

    login_idle_s: int = 3600
    """After so long without being used a login ends before that; 0: it does not. An open socket uses its login; a telephone system's
    login may rest."""

    audit_days: int = 400
    """How long the audit log keeps an entry."""

    oidc_issuers: str = ""
    """The providers of logins (OpenID Connect) that companies may use, comma-separated: the gateway asks no others."""

    oidc_at_once: int = 100
    """Logins by a provider that one address may begin at once."""

    oidc_per_s: float = 2.0
    """And how many more a second."""

    public_url: str = ""
    """Where browsers reach the installation, for the way back from a provider; without it, as the request says."""

    cookies_without_tls: bool = False
    """Logins' cookies go over unencrypted connections to other machines as well: for tests in a closed network."""

    chat_secret_ttl_s: int = 7 * 24 * 3600
    """How long after the end of a chat its visitor can still open it."""

    demo: bool = False
    """Set up the demonstration's tenant where it is missing."""

    published_on_loopback: bool = False
    """The port is reachable from this machine only, although the process listens on every address of its container."""

    licence_keys: str = ""
    """R1: whose licences count: public keys in base64, comma-separated, as `parley licence key` prints them."""

    trusted_proxies: str = ""
    """The proxies before this process, as addresses or networks, comma-separated: whom they name is the client. Others' headers
    name nobody."""

    hello_within_s: float = 10.0
    """A visitor's socket that has not begun or resumed a chat within this time is closed."""

    sockets_per_address: int = 1_000
    """Sockets that one address may have open at the same time. Of this and of every limit below, 0 means that there is none; an IPv6
    address counts as its /64. Each gateway process counts for itself."""

    sockets_per_chat: int = 20
    """Sockets that one chat may be open on."""

    sockets_per_user: int = 50
    """Sockets that one agent or one source may have open."""

    starts_at_once: int = 100
    """Chats that one address may start at once: an office stands behind one address."""

    starts_per_s: float = 2.0
    """And how many more a second."""

    token_starts_at_once: int = 2_000
    """The same for one chat service's token, from everywhere."""

    token_starts_per_s: float = 100.0
    """And how many more a second."""

    resumes_at_once: int = 1_000
    """Chats that one address may come back to at once: after a network's failure all of an office come back."""

    resumes_per_s: float = 20.0
    """And how many more a second."""

    chat_resumes_at_once: int = 60
    """The same for one chat."""

    chat_resumes_per_s: float = 1.0
    """And how many more a second."""

    messages_at_once: int = 2_000
    """Messages that may come from one address at once, in all its chats; each chat has limits of its own, which its chat service sets."""

    messages_per_s: float = 200.0
    """And how many more a second."""

    token_messages_at_once: int = 20_000
    """The same for one chat service, from everywhere."""

    token_messages_per_s: float = 1_000.0
    """And how many more a second."""

    letters_at_once: int = 10
    """Transcripts that one address may ask for by e-mail at once."""

    letters_per_s: float = 0.003
    """And how many more a second: ten an hour."""

    left_messages_at_once: int = 60
    """Messages that one address may leave at once where no chat can start."""

    left_messages_per_s: float = 0.2
    """And how many more a second."""

    token_left_messages_at_once: int = 1_000
    """The same for one chat service's token."""

    token_left_messages_per_s: float = 5.0
    """And how many more a second."""
