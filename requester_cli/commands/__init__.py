"""The words of each command: arguments, options, help. The work is elsewhere."""
