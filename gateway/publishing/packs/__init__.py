"""The packs that ship with Weir."""
