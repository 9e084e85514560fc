"""Peers that fail say why."""

import sys
from pathlib import Path

import pytest
from bench.peers.process import run_peer


def test_a_peer_that_fails_is_told_in_a_sentence() -> None:
    with pytest.raises(RuntimeError, match=r"bench\.peers\.nobody ended with 1: .*No module named"):
        run_peer(Path(sys.executable), "nobody")
