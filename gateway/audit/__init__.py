"""The audit log: entries, their tree, signed checkpoints, receipts, and how anyone checks them."""
