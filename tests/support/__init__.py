"""What tests stand on: databases, the broker, a worker, a whole running bank."""
