"""Transports that fit together, and transforms in three spellings."""

from typing import Any

import pytest

from townlet.config import ConfigError, SimulationConfig
from townlet.config.sections.telemetry_transport import Transport


def transport(**keys: Any) -> Transport:
    return SimulationConfig().with_overrides({"telemetry.transport": keys}).telemetry.transport


@pytest.mark.parametrize(
    "keys",
    [
        {"type": "stdout"},
        {"type": "file", "file_path": "x.jsonl"},
        {"type": "prometheus", "file_path": "x.prom"},
        {"type": "tcp", "endpoint": "demo:1", "cert_file": "c", "key_file": "k"},
        {"type": "http", "endpoint": "https://demo"},
        {"type": "websocket", "websocket_url": "wss://demo"},
        {
            "type": "tcp",
            "endpoint": "[::1]:9",
            "enable_tls": False,
            "allow_plaintext": True,
            "dev_allow_plaintext": True,
        },
    ],
)
def test_what_fits(keys: dict[str, Any]) -> None:
    assert transport(**keys).type == keys["type"]


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"type": "stdout", "endpoint": "a:1"}, "endpoint"),
        ({"type": "stdout", "enable_tls": True}, "enable_tls"),
        ({"type": "tcp"}, "endpoint"),
        ({"type": "tcp", "endpoint": "a:1", "file_path": "x"}, "file_path"),
        ({"type": "tcp", "endpoint": "a:1", "cert_file": "c"}, "key_file"),
        ({"type": "tcp", "endpoint": "a:1", "enable_tls": False}, "allow_plaintext"),
        ({"type": "http", "endpoint": "demo"}, "endpoint"),
        ({"type": "websocket", "websocket_url": "w", "endpoint": "e"}, "endpoint"),
        ({"type": "prometheus"}, "file_path"),
    ],
)
def test_what_does_not_names_the_key(keys: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=rf"^override: telemetry\.transport\.{key} is "):
        transport(**keys)


def test_transforms() -> None:
    steps = ["redact_fields", {"name": "ensure_fields", "fields": ["a"]}]
    cfg = SimulationConfig().with_overrides({"telemetry.transforms.pipeline": steps})
    first, second = cfg.telemetry.transforms.pipeline
    assert (first.id, first.options) == ("redact_fields", {})
    assert (second.id, second.options) == ("ensure_fields", {"fields": ["a"]})
