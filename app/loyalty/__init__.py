"""The loyalty ledger, its rules, and rewards."""
