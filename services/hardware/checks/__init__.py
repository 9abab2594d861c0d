"""The doctor's checks, one file each. A file registers its check with `@checks.add(id)`; nothing else lists them."""

from services.hardware.checks._check import Check, Outcome, bad, checks, ok, warn
from services.registry import load_siblings

__all__ = ["Check", "Outcome", "bad", "checks", "ok", "warn"]

load_siblings(__name__, __path__)
