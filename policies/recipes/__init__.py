"""Recipes at work: what each text of a contributor's file becomes, or why it becomes nothing."""

from policies.recipes.headers import HeaderError, match_header
from policies.recipes.making import Maker, makers_of
from policies.recipes.migrating import Migrated, migrate_recipe
from policies.recipes.values import NOTHING, Made

__all__ = [
    "NOTHING",
    "HeaderError",
    "Made",
    "Maker",
    "Migrated",
    "makers_of",
    "match_header",
    "migrate_recipe",
]
