"""
Hostile clients, against a real ``twistd``: at least one for each promise of `docs/security.md`.
"""
