"""Workers: programs of their own that do what takes long. `python -m services.workers.KIND JOB_DIR`."""

import os

# Threads of the training library wait by sleeping, not by spinning: a person goes on using the machine, and on a busy
# one spinning threads take each other's time (measured: twenty times slower). Read when the library is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("KMP_BLOCKTIME", "0")  # the same for Intel's OpenMP, which torch has on Windows
