"""How good a contributor's file is: its score, and what would repair its cells. All of it pure."""
