"""Figures of the past (R37): rows of what happened on a floor (`facts.py`), kept in the index (`keeping.py`), counted and summed on
request (`asking.py`).

No figure is stored. Rows are: each says one thing that was so, with its times. So a target, a formula or a time zone that is another one
holds for the past as well.
"""
