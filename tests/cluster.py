"""Three RabbitMQ nodes in containers, one cluster: each may be killed and started again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from uuid import uuid4

from servers import BROKER_IMAGE, Contained, Rabbitmqctl, Unavailable, check_broker, image

NODES = 3
SETUP_WITHIN = "-kernel net_setuptime 2"
"""A machine that is gone answers nothing at all, and by default each other node waits for it for 7 s, with all that is to be sent
there (docs/runbooks/servers.md)."""


class Node(Contained):
    """One of them. Its data is kept under its name. When it is killed nothing answers at its address any more, as when a machine is
    lost."""

    base, inside = BROKER_IMAGE, 5672

    def __init__(self, name: str, network: str, cookie: str) -> None:
        environment = {"RABBITMQ_ERLANG_COOKIE": cookie, "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": SETUP_WITHIN}
        super().__init__(hostname=name, name=name, network=network, environment=environment)
        self.name = name
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}/"
        self.rabbitmqctl = Rabbitmqctl("docker", "exec", str(self.container.id), "rabbitmqctl")

    def join(self, first: Node) -> None:
        """Become one with the cluster of the first."""
        for step in (("stop_app",), ("join_cluster", f"rabbit@{first.name}"), ("start_app",)):
            self.rabbitmqctl.run(*step)

    def _ask_to_stop(self) -> None:
        with suppress(subprocess.SubprocessError):
            self.rabbitmqctl.run("stop")

    def _check(self) -> None:
        check_broker(self.url)


class Cluster:
    """As one broker of several addresses: what `Contained` offers, as far as a stage of services asks for it."""

    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        self.url = f"amqp://guest:guest@{hosts}/"

    @property
    def rabbitmqctl(self) -> Rabbitmqctl:
        """Of a node that runs."""
        return next(node for node in self.nodes if node.runs()).rabbitmqctl

    def runs(self) -> bool:
        return any(node.runs() for node in self.nodes)

    def is_whole(self, seconds: float = 120) -> None:
        """Returns when every node is in the cluster again. Raises Unavailable."""
        end = time.monotonic() + seconds
        while True:
            with suppress(subprocess.SubprocessError):
                for node in self.nodes:
                    node.rabbitmqctl.run("await_online_nodes", str(len(self.nodes)), "-t", "5")
                return
            if time.monotonic() > end:
                raise Unavailable("the cluster of three RabbitMQ nodes did not become whole")


@contextmanager
def three_brokers() -> Iterator[Cluster]:
    """Raises Unavailable where there is no container engine."""
    import docker
    import docker.errors

    name = f"parley-test-{uuid4().hex[:8]}"
    with ExitStack() as used:
        with image(BROKER_IMAGE, lambda line: None):
            engine = docker.from_env()
            used.callback(engine.close)
            network = engine.networks.create(name, driver="bridge")
            used.callback(network.remove)
        nodes = []
        try:
            for number in range(1, NODES + 1):
                nodes.append(Node(f"{name}-{number}", name, cookie=name))
                used.callback(nodes[-1].close)
            for node in nodes:
                node.start(120)
            for node in nodes[1:]:
                node.join(nodes[0])
        except (docker.errors.DockerException, subprocess.SubprocessError) as error:
            raise Unavailable(f"a cluster of three RabbitMQ nodes: {error}") from error
        cluster = Cluster(nodes)
        cluster.is_whole()
        yield cluster
