"""The ledger's arithmetic: what an answer costs, and what fits under a cap."""
