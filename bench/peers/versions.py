"""Versions of what a peers' environment has: ``python -m bench.peers.versions`` prints JSON."""

import json
import platform
from importlib.metadata import version

PEERS = ("magent2", "mesa", "gymnasium", "pettingzoo", "numpy")


def main() -> None:
    """Print them by name."""
    found = {name: version(name) for name in PEERS}
    print(json.dumps({"python": platform.python_version()} | found))


if __name__ == "__main__":
    main()
