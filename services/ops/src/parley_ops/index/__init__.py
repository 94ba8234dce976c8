"""One index over all logs: where each event stands, when it was, and what it is about. Made from the logs alone, and no more than a
short cut: it can be dropped at any time.

`statements.py` says what a row is made of, `table.py` keeps rows, `filling.py` follows the logs, `searching.py` finds.
"""
