"""
Kill the room again and again, and see whether it kept its word.

``python -m tests.crash --help`` tells what can be set.
"""
