"""How a person signs in, proves a second factor, and looks after the apps they let in."""
