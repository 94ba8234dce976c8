"""What strangers try first, against a product of its own on this machine: bounded, and measured.

`python -m attack --help` (`make attack`) runs it, in the long form; `test_attack.py` is the short one.
"""
