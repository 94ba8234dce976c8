"""What happens to conversations when something breaks: clients with ledgers, faults as small scripts, and a judge.

`python -m faults --help` (`make faults`) runs the long form; `test_faults.py` is the short one.
"""
