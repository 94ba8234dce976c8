"""How fast Parley is, beside a chain without logic and beside what people would otherwise use: `make bench`."""
