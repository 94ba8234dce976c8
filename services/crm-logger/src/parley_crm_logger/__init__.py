"""The crm-logger: every interaction, with its transcript and its times, as the CRM holds it."""
