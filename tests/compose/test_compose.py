"""The containers: what docker-compose.yml promises, seen on the running stack."""

import re
from pathlib import Path

import httpx
import pytest
from running import ROOT, ComposeStack

SERVICES = ("gateway", "router", "session", "crm-logger")
SERVERS = ("broker", "database")


def test_every_container_becomes_healthy(compose_stack: ComposeStack) -> None:
    assert set(compose_stack.services()) == {*SERVICES, *SERVERS}
    compose_stack.wait_ready()
    compose_stack.wait_healthy()


def test_only_the_gateway_is_published_and_only_on_loopback(compose_stack: ComposeStack) -> None:
    published = {
        name: compose_stack.inspect(name, "{{json .HostConfig.PortBindings}}") for name in compose_stack.services()
    }
    assert f'"HostIp":"127.0.0.1","HostPort":"{compose_stack.port}"' in published.pop("gateway")
    assert set(published.values()) <= {"{}", "null"}


def test_the_gateway_tells_its_version(compose_stack: ComposeStack) -> None:
    assert httpx.get(f"{compose_stack.url}/version").status_code == 200


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_without_rights_and_comes_back(compose_stack: ComposeStack, service: str) -> None:
    assert compose_stack.inspect(service, "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}}") == "parley true"
    assert compose_stack.inspect(service, "{{.HostConfig.RestartPolicy.Name}}") == "unless-stopped"


@pytest.mark.parametrize("name", [*SERVICES, *SERVERS])
def test_no_container_takes_the_whole_machine(compose_stack: ComposeStack, name: str) -> None:
    memory, processes = compose_stack.inspect(name, "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}").split()
    assert 0 < int(memory) <= 2 << 30
    assert 0 < int(processes) <= 1_000


@pytest.mark.parametrize("server", SERVERS)
def test_a_restart_of_a_server_is_overcome(compose_stack: ComposeStack, server: str) -> None:
    compose_stack.compose("restart", server)
    compose_stack.wait_healthy()
    compose_stack.wait_ready()


@pytest.mark.parametrize("lock", [*(f"services/{name}/requirements.lock" for name in SERVICES)])
def test_images_install_what_is_tested(lock: str) -> None:
    """Each service's lock holds a part of the workspace's, with the same versions and hashes (`make lock` writes all of them)."""

    def pins(path: Path) -> set[str]:
        return set(re.sub(r"\s*\\\n\s*", " ", path.read_text()).splitlines())

    assert pins(ROOT / lock) <= pins(ROOT / "requirements.lock")
