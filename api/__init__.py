"""How is the service asked from elsewhere? JSON over HTTP on the same domain functions as the pages and commands."""
