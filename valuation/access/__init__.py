"""Who may what? Credentials, roles and the table of routes, free of web and database."""
