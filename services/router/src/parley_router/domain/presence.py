"""What an event makes of one agent: their state, their connections, whether they have asked for help. What follows from it for queues is
the floor's."""

from __future__ import annotations

from typing import Any

from . import events as e
from .state import Agent, Help


def changed(agent: Agent, event: Any) -> None:
    """The agent, after an event about them."""
    before = (agent.state, agent.reason)
    match event:
        case e.AgentLoggedIn():
            agent.state, agent.reason, agent.lost_at, agent.idle_since = "not_ready", None, None, event.at
        case e.AgentConnected():
            agent.connections = [*agent.connections, event.connection]
            agent.name, agent.grace_ms, agent.lost_at = event.name, event.grace_ms, None
        case e.AgentDisconnected():
            agent.connections = [held for held in agent.connections if held != event.connection]
            if not agent.connections:
                agent.lost_at = event.at
        case e.AgentSetReady():
            agent.state, agent.reason, agent.idle_since = "ready", None, event.at
        case e.AgentSetNotReady():
            agent.state, agent.reason = "not_ready", event.reason
        case e.AgentLoggedOut():
            agent.state, agent.reason, agent.connections, agent.lost_at = "logged_out", None, [], None
            agent.help = None
        case e.AgentSkilled():
            agent.skills = event.skills
        case e.HelpAsked():
            agent.help = Help(event.at, event.item, event.text)
        case e.HelpOver():
            agent.help = None
    if (agent.state, agent.reason) != before:
        agent.since = event.at
