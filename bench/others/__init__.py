"""What people would otherwise use, measured in the same run with the same kind of load."""
