"""What every request and every socket passes first: whose address it is, whether it is well-formed, how large it may be."""
