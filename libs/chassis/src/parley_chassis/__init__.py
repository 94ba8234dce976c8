"""The only infrastructure code: store, bus, the group-commit loop, telemetry, settings."""
