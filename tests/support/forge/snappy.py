"""Snappy's block format, as far as a server needs it: compression."""

from __future__ import annotations

_MIN_MATCH = 4
_MAX_COPY = 64
_MAX_OFFSET = 0xFFFF


def compress(data: bytes) -> bytes:
    """The block format (no framing): a varint length, then literals and copies found greedily."""
    out = bytearray(_varint(len(data)))
    seen: dict[bytes, int] = {}
    literal_from = position = 0
    while position + _MIN_MATCH <= len(data):
        key = data[position : position + _MIN_MATCH]
        earlier = seen.get(key)
        seen[key] = position
        if earlier is None or position - earlier > _MAX_OFFSET:
            position += 1
            continue
        length = _match_length(data, earlier, position)
        out += _literal(data[literal_from:position])
        out += bytes([(length - 1) << 2 | 2]) + (position - earlier).to_bytes(2, "little")
        position += length
        literal_from = position
    return bytes(out + _literal(data[literal_from:]))


def _match_length(data: bytes, earlier: int, position: int) -> int:
    length = _MIN_MATCH
    while length < _MAX_COPY and position + length < len(data):
        if data[earlier + length] != data[position + length]:
            break
        length += 1
    return length


def _literal(data: bytes) -> bytes:
    if not data:
        return b""
    size = len(data) - 1
    if size < 60:
        return bytes([size << 2]) + data
    width = (size.bit_length() + 7) // 8
    return bytes([(59 + width) << 2]) + size.to_bytes(width, "little") + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
