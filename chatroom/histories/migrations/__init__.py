"""
How a database of an earlier version becomes one of this version.

Each step is a module in `versions`, in terms of its own time: it does not look at
`chatroom.histories.schema`, which is how things are today.
"""
