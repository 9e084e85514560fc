"""Other people's simulators in the same run; see ``python -m bench.peers --help``."""
