"""Archives of a megabyte that unpack to gigabytes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

MIB = 1 << 20
GIB = 1 << 30

NAME = b"demo/zeros.bin"


def zeros(size: int) -> bytes:
    """A deflate stream of that many zero bytes, a multiple of 1 MiB, without deflating them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // MIB) + packer.flush()


def local_header(packed: int, size: int) -> bytes:
    return struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0x21, 0, packed, size, len(NAME), 0) + NAME


def central_header(name: bytes, packed: int, size: int, offset: int) -> bytes:
    fields = (0x02014B50, 0x0314, 20, 0, 8, 0, 0x21, 0, packed, size, len(name), 0, 0, 0, 0, 0o100644 << 16)
    return struct.pack("<IHHHHHHIIIHHHHHII", *fields, offset) + name


def zip_of(body: bytes, directory: Sequence[bytes]) -> bytes:
    joined = b"".join(directory)
    counts = (len(directory), len(directory), len(joined), len(body))
    return body + joined + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, *counts, 0)


def overlapping() -> bytes:
    """Ten members of 1 GiB that share one stream: 10 GiB in 1 MB."""
    packed = zeros(GIB)
    directory = [central_header(NAME[:-1] + b"%d" % n, len(packed), GIB, 0) for n in range(10)]
    return zip_of(local_header(len(packed), GIB) + packed, directory)


def honest() -> bytes:
    """1 GiB that says so."""
    packed = zeros(GIB)
    return zip_of(local_header(len(packed), GIB) + packed, [central_header(NAME, len(packed), GIB, 0)])


def lying() -> bytes:
    """1 GiB that calls itself 1 MiB."""
    packed = zeros(GIB)
    return zip_of(local_header(len(packed), MIB) + packed, [central_header(NAME, len(packed), MIB, 0)])


def in_gzip() -> bytes:
    """A tar.gz of 1 GiB zeros behind one header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    header = bytearray(512)
    header[0:14] = NAME
    header[100:108] = b"0000644\0"
    header[124:136] = b"%011o\0" % GIB
    header[148:156] = b" " * 8
    header[156:157] = b"0"
    header[257:265] = b"ustar\x0000"
    header[148:156] = b"%06o\0 " % sum(header)
    packed = packer.compress(bytes(header)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed + block * 1024
