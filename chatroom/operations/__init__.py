"""What an operator does to a room's database: one module for each command."""
