"""
The tests, laid out as ``chatroom/`` is; for trial and for pytest alike.
"""

from hypothesis import settings

# How long one example takes tells about the machine, not about the code. The
# rest stays as hypothesis has it (under CI: no random seeds).
settings.register_profile("chatroom", deadline=None)
settings.load_profile("chatroom")
