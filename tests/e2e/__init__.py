"""
The whole house, as strangers meet it: a real ``twistd``, real browsers, real sockets.
"""
