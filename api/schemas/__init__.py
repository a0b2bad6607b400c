"""What travels on the wire? Pydantic models that stop at the route: the domain never sees them."""
