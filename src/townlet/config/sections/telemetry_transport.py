"""``telemetry.transport``: how telemetry leaves the process."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from townlet.config.base import Flag, Section, Text, choice

LOOPBACK = ("localhost", "127.0.0.1", "::1")

TransportType = Annotated[
    Literal["stdout", "file", "tcp", "http", "websocket", "prometheus"],
    choice("stdout", "file", "tcp", "http", "websocket", "prometheus"),
]


class Retry(Section):
    """What happens when sending fails."""

    max_attempts: int = Field(3, ge=0, le=10, description="Tries.")
    backoff_seconds: float = Field(0.5, ge=0.0, le=30.0, description="Pause between tries.")


class Buffer(Section):
    """What is held back before it is sent."""

    max_batch_size: int = Field(32, ge=1, le=500, description="Events per batch.")
    max_buffer_bytes: int = Field(256_000, ge=1024, le=16_777_216, description="Bytes held.")
    flush_interval_ticks: int = Field(1, ge=1, le=10_000, description="Ticks between batches.")


class Transport(Section):
    """How telemetry leaves the process."""

    type: TransportType = Field("stdout", description="Kind of transport.")
    endpoint: Text | None = Field(None, description="host:port, or an http(s) address.")
    file_path: Text | None = Field(None, description="File written to.")
    websocket_url: Text | None = Field(None, description="Address of the web socket.")
    connect_timeout_seconds: float = Field(5.0, ge=0.0, le=60.0, description="To connect.")
    send_timeout_seconds: float = Field(1.0, ge=0.0, le=60.0, description="To send.")
    enable_tls: Flag | None = Field(None, description="Encrypt; unset: on for tcp.")
    verify_hostname: Flag = Field(True, description="Check the peer's name.")
    ca_file: Text | None = Field(None, description="Certificates trusted.")
    cert_file: Text | None = Field(None, description="Own certificate.")
    key_file: Text | None = Field(None, description="Key of the own certificate.")
    allow_plaintext: Flag = Field(False, description="Allow tcp without encryption.")
    dev_allow_plaintext: Flag = Field(False, description="And confirm it, on this machine only.")
    retry: Retry = Field(default_factory=Retry, description="When sending fails.")
    buffer: Buffer = Field(default_factory=Buffer, description="Before it is sent.")
    worker_poll_seconds: float = Field(0.5, ge=0.01, le=10.0, description="Pause of the worker.")

    @model_validator(mode="after")
    def _belongs_together(self) -> Transport:
        """Refuse combinations that could not work, each at the key to change."""
        problem = self._addresses() or self._encryption()
        if problem:
            key, text = problem
            value = getattr(self, key)
            shown = "missing" if value is None else json.dumps(value)
            raise PydanticCustomError("at_key", f"is {shown}; {text}", {"key": key})
        return self

    def _addresses(self) -> tuple[str, str] | None:
        """Return the first key that does not fit the kind of transport, and why."""
        kind, given = self.type, self.model_fields_set
        needed = {"file": "file_path", "prometheus": "file_path", "websocket": "websocket_url"}
        needed |= {"tcp": "endpoint", "http": "endpoint"}
        if kind in needed and getattr(self, needed[kind]) is None:
            return needed[kind], f"transport type '{kind}' needs it"
        barred = {
            "stdout": ("endpoint", "file_path"),
            "tcp": ("file_path",),
            "websocket": ("endpoint",),
        }
        for key in barred.get(kind, ()):
            if key in given and getattr(self, key) is not None:
                return key, f"transport type '{kind}' has no use for it"
        if kind == "http" and not str(self.endpoint).startswith(("http://", "https://")):
            return "endpoint", "it must begin with http:// or https://"
        return None

    def _encryption(self) -> tuple[str, str] | None:
        """Return the first key that weakens or confuses encryption, and why."""
        if self.type in ("stdout", "file"):
            for key in ("enable_tls", "allow_plaintext", "dev_allow_plaintext"):
                if getattr(self, key):
                    return key, f"transport type '{self.type}' has no use for it"
        if (self.cert_file is None) != (self.key_file is None):
            missing = "cert_file" if self.cert_file is None else "key_file"
            return missing, "cert_file and key_file come together"
        if self.type == "tcp" and self.enable_tls is False:
            if not self.allow_plaintext:
                return "allow_plaintext", "it must be true where enable_tls is false"
            if not self.dev_allow_plaintext:
                return "dev_allow_plaintext", "it must be true where enable_tls is false"
            if str(self.endpoint).rpartition(":")[0].strip("[]") not in LOOPBACK:
                return "endpoint", f"without TLS its host must be one of {', '.join(LOOPBACK)}"
        return None
