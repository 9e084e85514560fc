"""Settings every test shares."""

import os

# Two threads everywhere: the determinism matrix needs them, also on a machine with one core.
# numba reads this once, when it is first imported.
os.environ.setdefault("NUMBA_NUM_THREADS", str(max(2, os.cpu_count() or 1)))

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # do not spin where tests share the cores

from hypothesis import settings

# The first example may compile a kernel, so no example has a deadline.
settings.register_profile("townlet", deadline=None)
settings.load_profile("townlet")
