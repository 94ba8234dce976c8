"""The containers: what docker-compose.yml promises, seen on the running stack."""

import asyncio
import re
import subprocess
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import httpx
import pytest
from protocol import Agent, RefusedByServer, Visitor, call, log_in
from running import ROOT, ComposeStack

SERVICES = ("gateway", "router", "session", "crm-logger", "ops")
SERVERS = ("broker", "database")
INSTALL = "install"
SETTINGS = tuple(f"{whose}-settings" for whose in (*SERVICES, "broker", "operators"))


def test_every_container_becomes_healthy(compose_stack: ComposeStack) -> None:
    assert set(compose_stack.services()) == {*SERVICES, *SERVERS, INSTALL}
    compose_stack.wait_ready()
    compose_stack.wait_healthy()
    assert compose_stack.state(INSTALL) == "done"


def test_only_the_gateway_is_published_and_only_on_loopback(compose_stack: ComposeStack) -> None:
    published = {
        name: compose_stack.inspect(name, "{{json .HostConfig.PortBindings}}") for name in compose_stack.services()
    }
    assert f'"HostIp":"127.0.0.1","HostPort":"{compose_stack.port}"' in published.pop("gateway")
    assert set(published.values()) <= {"{}", "null"}


def test_the_gateway_tells_its_version(compose_stack: ComposeStack) -> None:
    assert httpx.get(f"{compose_stack.url}/version").status_code == 200


@pytest.mark.parametrize("service", [*SERVICES, INSTALL])
def test_a_service_runs_without_rights(compose_stack: ComposeStack, service: str) -> None:
    bounds = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"
    assert compose_stack.inspect(service, bounds) == "parley true [ALL]"


@pytest.mark.parametrize("name", [*SERVICES, *SERVERS])
def test_whatever_stays_comes_back(compose_stack: ComposeStack, name: str) -> None:
    assert compose_stack.inspect(name, "{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped"


@pytest.mark.parametrize("name", [*SERVICES, *SERVERS, INSTALL])
def test_no_container_takes_the_whole_machine(compose_stack: ComposeStack, name: str) -> None:
    memory, processes = compose_stack.inspect(name, "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}").split()
    assert 0 < int(memory) <= 2 << 30
    assert 0 < int(processes) <= 1_000


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_own_settings_and_nobody_elses(compose_stack: ComposeStack, service: str) -> None:
    files = {"mail-files": "/var/lib/parley true"} if service in ("gateway", "crm-logger") else {}
    assert mounts(compose_stack, service) == {f"{service}-settings": "/etc/parley false", **files}
    secrets = re.findall("^(PARLEY_[A-Z_]*SECRET)=", settings(compose_stack, service), re.M)
    expected = {"gateway": ["PARLEY_MAILBOX_SECRET", "PARLEY_SECRET"], "crm-logger": ["PARLEY_MAILBOX_SECRET"]}
    assert sorted(secrets) == expected.get(service, [])
    assert re.findall("PARLEY_[A-Z]+_URL=.*", settings(compose_stack, service))
    for whose in {*SERVICES} - {service}:
        role = f"parley_{whose.replace('-', '_')}"
        assert role not in settings(compose_stack, service)


def test_nobody_but_the_installation_is_let_in_as_the_superuser(compose_stack: ComposeStack) -> None:
    """No container has its password: there is none that anybody has seen. The socket asks for none, and is in two containers."""
    socket = [name for name in compose_stack.services() if "database-socket" in mounts(compose_stack, name)]
    assert socket == ["database", INSTALL]
    for name in compose_stack.services():
        given = compose_stack.inspect(name, "{{json .Config.Env}}")
        assert "PASS" not in given
        assert not re.search(r"://[^/@]*:[^/@]*@", given)
    script = """
        import psycopg
        for password in ("parley", "postgres", ""):
            try:
                psycopg.connect(host="database", user="parley", dbname="parley", password=password)
                print("let in with", repr(password))
            except psycopg.OperationalError as error:
                print("refused:", "password" in str(error))
    """
    assert run_in(compose_stack, "router", script).splitlines() == ["refused: True"] * 3


def test_a_services_login_reaches_what_is_its_own(compose_stack: ComposeStack) -> None:
    script = """
        import asyncio, aio_pika, psycopg
        from aiormq.exceptions import ChannelAccessRefused
        urls = dict(line.split("=", 1) for line in open("/etc/parley/settings.env").read().splitlines())
        for schema in ("router", "gateway", "session", "crm_logger"):
            with psycopg.connect(urls["PARLEY_DATABASE_URL"]) as connection:
                try:
                    connection.execute(f"SELECT FROM {schema}.stored_events LIMIT 1")
                    print(schema, "read")
                except psycopg.errors.InsufficientPrivilege:
                    print(schema, "refused")
        async def look():
            connection = await aio_pika.connect(urls["PARLEY_BROKER_URL"])
            for inbox in ("router.questions", "session.chats.0", "crm-logger.questions"):
                channel = await connection.channel()
                try:
                    await (await channel.get_queue(inbox, ensure=False)).get(fail=False)
                    print(inbox, "read")
                except ChannelAccessRefused:
                    print(inbox, "refused")
            await connection.close()
        asyncio.run(look())
    """
    assert run_in(compose_stack, "router", script).splitlines() == [
        "router read",
        "gateway refused",
        "session refused",
        "crm_logger refused",
        "router.questions read",
        "session.chats.0 refused",
        "crm-logger.questions refused",
    ]


def test_the_broker_knows_the_services_and_nobody_else(compose_stack: ComposeStack) -> None:
    said = compose_stack.compose("exec", "-T", "broker", "rabbitmqctl", "-q", "list_users", "--no-table-headers")
    users = dict(line.split("\t") for line in said.splitlines() if "\t" in line)
    assert users == {f"parley_{service.replace('-', '_')}": "[]" for service in SERVICES}


def test_people_look_with_a_login_of_their_own(compose_stack: ComposeStack) -> None:
    said = compose_stack.compose("run", "-T", "--rm", "parley", "events", "--tenant", "demo", "--type", "UserSet")
    assert "UserSet" in said


def test_a_company_of_ones_own_is_made_with_its_administrator(compose_stack: ComposeStack) -> None:
    more = ("--tenant", "acme", "--admin", "grace", "--url", "https://chat.example.org")
    said = compose_stack.compose("run", "-T", "--rm", "install", *more)
    assert re.search(r"https://chat\.example\.org/\S+#link=\S+", said)


@pytest.mark.parametrize("server", SERVERS)
def test_a_restart_of_a_server_is_overcome(compose_stack: ComposeStack, server: str) -> None:
    compose_stack.compose("restart", server)
    compose_stack.wait_healthy()
    compose_stack.wait_ready()


@pytest.mark.parametrize("lost", [(), ("broker-data",), SETTINGS], ids=["nothing", "the broker's data", "the settings"])
async def test_it_comes_back_after_down_and_up(compose_stack: ComposeStack, lost: tuple[str, ...]) -> None:
    chat = await a_chat(compose_stack.url)
    before = settings(compose_stack, "router")
    compose_stack.compose("down")
    for volume in lost:
        subprocess.run(["docker", "volume", "rm", f"{compose_stack.project}_{volume}"], check=True, capture_output=True)
    compose_stack.compose("up", "-d", seconds=300)
    compose_stack.wait_ready()
    compose_stack.wait_healthy()
    assert (settings(compose_stack, "router") == before) == (lost != SETTINGS)
    for each in (chat, await a_chat(compose_stack.url)):
        await until_in_the_crm(compose_stack.url, each)
        await is_finished(compose_stack.url, each)


@pytest.mark.parametrize("lock", [*(f"services/{name}/requirements.lock" for name in SERVICES)])
def test_images_install_what_is_tested(lock: str) -> None:
    """Each service's lock holds a part of the workspace's, with the same versions and hashes (`make lock` writes all of them)."""

    def pins(path: Path) -> set[str]:
        whole = re.sub(r"\s*\\\n\s*", " ", path.read_text()).splitlines()
        return {without_markers(line) for line in whole}

    assert pins(ROOT / lock) <= pins(ROOT / "requirements.lock")


def test_the_command_lines_image_has_what_every_service_has() -> None:
    def pins(service: str) -> set[str]:
        lines = (ROOT / "services" / service / "requirements.lock").read_text().splitlines()
        return {without_markers(line) for line in lines}

    assert set().union(*map(pins, SERVICES)) <= pins("ops")


def without_markers(line: str) -> str:
    """A pin without the interpreters that it is for: they depend on who else needs it."""
    return re.sub(r" ; .*?(?=\s*(?:\\$|--hash))", "", line)


def mounts(stack: ComposeStack, name: str) -> dict[str, str]:
    """By volume, where it is in a container, and whether that may write."""
    template = "{{range .Mounts}}{{.Name}} {{.Destination}} {{.RW}}\n{{end}}"
    rows = [line.split(" ", 1) for line in stack.inspect(name, template).splitlines()]
    return {volume.removeprefix(f"{stack.project}_"): rest for volume, rest in rows}


def settings(stack: ComposeStack, service: str) -> str:
    """Its file."""
    return stack.compose("exec", "-T", service, "cat", "/etc/parley/settings.env")


def run_in(stack: ComposeStack, service: str, script: str) -> str:
    """What a script of Python says in a service's container."""
    return stack.compose("exec", "-T", service, "python", "-c", dedent(script))


async def a_chat(url: str) -> str:
    """A visitor's, who leaves the page."""
    async with Visitor(url) as visitor:
        await visitor.start(token="demo-sales", text="is anybody there?")
        return visitor.chat


async def is_finished(url: str, chat: str) -> None:
    """By an agent: nothing is left over for the tests that come after in this stack."""
    anna = await Agent.log_in(url, "anna")
    await anna.ask("pick", item=chat)
    await anna.ask("end", item=chat)
    await anna.ask("complete", item=chat)
    await anna.ask("logout")
    await anna.close()


async def until_in_the_crm(url: str, chat: str) -> None:
    token = (await log_in(url, "anna"))["token"]
    async with asyncio.timeout(60):
        while True:
            with suppress(RefusedByServer):
                if (await call(url, "GET", f"/v1/interactions/{chat}", token))["transcript"]:
                    return
            await asyncio.sleep(0.2)
