"""Development alone: pages that show what is hidden, and a believable brand to try Terrain on."""
