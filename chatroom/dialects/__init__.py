"""The ways of putting messages on the wire."""
