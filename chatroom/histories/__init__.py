"""The ways of keeping what was said."""
