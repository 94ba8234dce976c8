"""Measurements. `make bench` runs them; figures are never asserted by tests."""
