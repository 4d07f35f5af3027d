"""What it costs that a committee decides a round, and no server."""
