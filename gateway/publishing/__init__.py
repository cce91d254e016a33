"""Statistics packs: a saved list of aggregates, and the folder made of their answers."""
