"""What PettingZoo's meter prints is read."""

import pytest
from bench.peers import turns


def test_turns_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "Starting performance benchmark\n123.5 turns per second\n4.0 cycles per second"
    monkeypatch.setattr(turns, "performance_benchmark", lambda env: print(said))
    assert turns.turns_per_second(None) == 123.5
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(turns, "performance_benchmark", lambda env: print("done"))
    with pytest.raises(ValueError, match="said 'done"):
        turns.turns_per_second(None)
