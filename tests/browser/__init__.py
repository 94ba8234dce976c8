"""Tests in a real browser."""

from playwright.async_api import expect

PATIENCE_MS = 20_000
"""How long a page may take until it shows what it shall: after a loss it tries again within 10 s, and tests run beside each other."""

expect.set_options(timeout=PATIENCE_MS)
