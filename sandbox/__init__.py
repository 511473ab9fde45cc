"""What only a sandbox has: a clock to move, the outside world to play, a glass box around each request."""
