"""Reports: read-only over all features."""
