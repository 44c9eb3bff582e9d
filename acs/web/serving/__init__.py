"""A request becomes a call of a route, what that answers a response."""
