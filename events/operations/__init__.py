"""What can be done: follow the log, keep endpoints, deliver, forget."""
