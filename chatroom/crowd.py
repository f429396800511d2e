"""
How many connections each address has at a time.
"""

from __future__ import annotations


class Crowd:
    """
    Everybody's connections, counted by what their addresses count as.

    Args:
        most: So many may one address have; 0 is any number.
    """

    def __init__(self, most: int = 0) -> None:
        self._most = most
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        """How many addresses have a connection."""
        return len(self._counts)

    def enter(self, address: str) -> bool:
        """
        Count one more connection, or tell that there are enough.

        Args:
            address: See `chatroom.networks.network_of`; who has none is let in.
        """
        if not (address and self._most):
            return True
        count = self._counts.get(address, 0)
        if count == self._most:
            return False
        self._counts[address] = count + 1
        return True

    def leave(self, address: str) -> None:
        """
        Count one less of those that have entered.
        """
        count = self._counts.get(address, 0)
        if count > 1:
            self._counts[address] = count - 1
        else:
            # Nothing is kept of who is gone.
            self._counts.pop(address, None)
