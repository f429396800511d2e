"""An online chat room: one port, every browser since 2010, inside any Twisted program."""
