"""
Mutated input for what reads the wire: a small run in the suite, a long one by ``make fuzz``.
"""
