"""How does somebody at a terminal use the service? The command `valuation`; nothing here decides a value."""
