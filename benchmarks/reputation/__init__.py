"""What honest providers and attackers gain over many rounds, by the rules of the real chaincode."""
