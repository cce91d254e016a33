"""The software's name and version, as manifests repeat them."""

NAME = "weir"
VERSION = "0.1.0"
