"""Which pages do caseworkers and analysts see? HTML from the server, on the same actions and values as the API."""
