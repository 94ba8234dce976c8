"""The tenants: what they have set up, who may log in, and whether a chat may start."""
