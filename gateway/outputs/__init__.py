"""What released tables are written as: one file, one format."""
