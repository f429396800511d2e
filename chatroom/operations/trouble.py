"""
Why an operation cannot be done, in one line for the operator.
"""

from __future__ import annotations


class Trouble(Exception):
    """
    Something is not as it must be; the text says what, and what to do.
    """
