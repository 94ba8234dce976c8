"""`python -m parley_ops`: the same as `parley`."""

from .cli import main

main()
