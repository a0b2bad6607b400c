"""Who gets in? Logins, sessions, tokens and the gate before every route."""
