"""The router: who works on what. One floor a tenant, one writer a floor."""
