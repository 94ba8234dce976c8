"""What the gateway owns of a tenant: chat services, users and roles, settings. Pure."""
