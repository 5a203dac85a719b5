"""Every write of chat, each in one transaction."""
