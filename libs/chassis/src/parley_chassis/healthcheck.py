"""`python -m parley_chassis.healthcheck`: exit 0 when the process on this machine's PARLEY_PORT is ready, else 1."""

from __future__ import annotations

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen


def main() -> int:
    """Ask /readyz once."""
    try:
        with urlopen(f"http://127.0.0.1:{os.environ.get('PARLEY_PORT', '8080')}/readyz", timeout=3) as answer:
            return 0 if answer.status == 200 else 1
    except (URLError, OSError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
