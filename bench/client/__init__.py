"""The load: a process of its own, cheap per message, because it shares the machine with what it measures."""
