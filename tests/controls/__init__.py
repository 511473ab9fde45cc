"""Every control is load-bearing: taken away, its test turns red (`make controls`)."""
