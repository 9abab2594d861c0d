"""What trains, answers and merges: the only room, with the workers, that knows torch."""

import os

# Threads that spin while they wait for each other burn the cores that everything else on the PC needs: with a busy
# program beside it, training was seen to be ten to thirty times slower. Read by OpenMP when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("KMP_BLOCKTIME", "0")  # the same for Intel's OpenMP, which torch uses on Windows
