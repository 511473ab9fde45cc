"""How the bank is put on machines: one of your own (local), containers, a gateway."""
