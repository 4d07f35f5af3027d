"""What honest providers and attackers look like to a committee's member."""
