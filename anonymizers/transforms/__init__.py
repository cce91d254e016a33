"""Transforms: how the values of one column are changed before they leave, besides coarsening."""
