"""
How messages are put on the wire: one module for each kind of WebSocket.
"""
