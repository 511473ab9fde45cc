"""Fault runs (`make faults`): a whole bank under load, its parts killed, and what must hold afterwards."""
