"""What if: a recorded world meets the floor under other settings, or with other agents."""

from .changes import Changes, NoSuchChange, read_settings
from .run import Result, run
from .world import TooMany, World, read_world

__all__ = ["Changes", "NoSuchChange", "Result", "TooMany", "World", "read_settings", "read_world", "run"]
