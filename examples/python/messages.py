"""Twinreel's messages: CloudEvents 1.0 in Kafka binary mode, and the binary batch of audio."""

import json
import struct
from datetime import datetime, timezone

CALLS, COMMANDS, RECORDINGS, DEAD_LETTERS = "calls", "call-commands", "recordings", "dead-letters"
PREFIX, SUFFIX = "io.twinreel.", ".v1"


def rfc3339(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def headers(event_id: str, source: str, kind: str, content_type: str, time_ms: int) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": source,
        "ce_type": PREFIX + kind + SUFFIX,
        "ce_time": rfc3339(time_ms),
        "content-type": content_type,
    }


def json_value(data: dict) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def media_value(runs: list[tuple[str, int, bytes]]) -> bytes:
    """PCMU runs of (stream id, offset of the first sample since time zero, samples)."""
    parts = [b"\x01"]
    for stream_id, offset, samples in runs:
        name = stream_id.encode()
        parts += [struct.pack(">B", len(name)), name, struct.pack(">qII", offset, len(samples), len(samples)), samples]
    return b"".join(parts)


def kind_of(message_headers: list[tuple[str, bytes]] | None) -> tuple[str, str]:
    """The id and the type of a message of Twinreel, without prefix and version; an empty type when it is not one of version 1."""
    found = {name: value.decode() for name, value in message_headers or []}
    name = found.get("ce_type", "")
    known = name.startswith(PREFIX) and name.endswith(SUFFIX)
    return found.get("ce_id", ""), name[len(PREFIX) : -len(SUFFIX)] if known else ""
