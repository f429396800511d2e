"""Who may enter as whom: the ways to find out."""
