"""Do the values that are in use still fit what dwellings sell for? New sales against the live version."""
