"""Gates: what must hold before the word "Deployed". One file each, in the order of `order`.

A file registers an instance with `gates.add("id")(TheGate())`.
"""

from services.export.deployed import Gate
from services.registry import Registry, load_siblings

gates: Registry[Gate] = Registry("deployment gate")

load_siblings(__name__, __path__)
