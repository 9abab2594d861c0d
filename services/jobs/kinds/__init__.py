"""Kinds of job, one file each."""

from services.registry import load_siblings

load_siblings(__name__, __path__)
