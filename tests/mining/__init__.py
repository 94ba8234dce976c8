"""A log as process mining sees it: the OCEL of a day at the demonstration, read by PM4Py, a queue's graph drawn."""
