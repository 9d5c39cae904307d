"""How fast Terrain is, on this machine alone: `make bench`."""
