"""The Fabric network itself: topology, binaries, identities, channel, chaincode, supervision."""
