"""Targets of an export, one file each; a file registers an instance with `targets.add("id")(TheTarget())`."""

from services.export.made import Target
from services.registry import Registry, load_siblings

targets: Registry[Target] = Registry("export target")

load_siblings(__name__, __path__)
