"""The floor: the same frames on the same servers, through a chain that decides nothing."""
