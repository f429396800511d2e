"""Bytes and text in and out: no sockets, no time."""
