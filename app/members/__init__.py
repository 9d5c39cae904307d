"""People: accounts, roles, consents, profile, privacy. Imports no other feature but the brand."""
