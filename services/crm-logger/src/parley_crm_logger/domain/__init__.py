"""What an event means for the CRM. Pure."""
