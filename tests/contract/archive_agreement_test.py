"""What `packhouse check --archive-only` accepts, every other reader reads alike.

Zips and tars are made from parts that are wrong at random, and some bytes are changed afterwards. Of those
that are accepted, Python's reader must see the same names and bytes as a reader that goes through the file
from its first byte, as an installer does that unpacks while it downloads; of tars, GNU tar as well.

PACKHOUSE_AGREEMENT_CASES is the number of generated archives of each kind (default 1500). The seed is fixed.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import shutil
import struct
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path

CASES = int(os.environ.get("PACKHOUSE_AGREEMENT_CASES", "1500"))
SEED = os.environ.get("PACKHOUSE_AGREEMENT_SEED", "archives")
BATCH = 250
Members = list[tuple[bytes, bytes]]


def accepted(binary: Path, folder: Path, archives: list[bytes], suffix: str) -> list[tuple[Path, bytes]]:
    found: list[tuple[Path, bytes]] = []
    for start in range(0, len(archives), BATCH):
        batch = archives[start : start + BATCH]
        paths = [folder / f"{start + i}{suffix}" for i in range(len(batch))]
        for path, data in zip(paths, batch, strict=True):
            path.write_bytes(data)
        done = subprocess.run(
            [str(binary), "check", "--archive-only", "--json", *map(str, paths)],
            capture_output=True,
            check=False,
            timeout=600,
        )
        assert done.returncode in (0, 3), done.stderr
        files = {
            file["filename"]: file["accepted"]
            for release in json.loads(done.stdout)["releases"]
            for file in release["files"]
        }
        assert len(files) == len(batch)
        found += [(path, data) for path, data in zip(paths, batch, strict=True) if files[path.name]]
    return found


def change_bytes(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(changed))
        kind = rng.randrange(4)
        if kind == 0:
            changed[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[place] = rng.choice([0, 1, 0x2F, 0x2E, 0x7F, 0x80, 0xFF])
        elif kind == 2:
            del changed[place]
        else:
            changed.insert(place, rng.randrange(256))
    return bytes(changed)


def odd(rng: random.Random, usual: int, *others: int, chance: float = 0.03) -> int:
    return rng.choice(others) if rng.random() < chance else usual


NAMES = [b"demo/__init__.py", b"demo/x.py", b"demo/data.bin", b"demo/", b"demo/sub/", b"README", b"a b.txt"]
ODD_NAMES = [
    b"../x",
    b"/abs",
    b"demo\\x.py",
    b"demo/./x",
    b"demo//x",
    b"C:x",
    b"demo/X.py",
    b"caf\xc3\xa9",
    b"cafe\xcc\x81",
    b"\x80\x81",
    b"x\x00y",
    b"x\ny",
    b"nul.txt",
    b"demo/x.py/",
    b"demo/x.py/y",
    b"demo",
    b"",
    b".",
    b"..",
    b"\xef\xbc\x8fx",
    b"demo/x.py ",
    b"demo/x.py.",
    b"a" * 300,
    b"PAX",
    b"pax_global_header",
]


def a_name(rng: random.Random) -> bytes:
    return rng.choice(ODD_NAMES) if rng.random() < 0.08 else rng.choice(NAMES) + b"%d" % rng.randrange(9)


# ------------------------------------------------------------------ zip


def zip_extra(rng: random.Random, name: bytes, sizes: tuple[int, int]) -> bytes:
    if rng.random() > 0.12:
        return b""
    unicode_name = rng.choice([name, b"other.py"])
    choices = [
        struct.pack("<HHI", 0x5455, 5, 1) + b"\0",
        struct.pack("<HHQQ", 0x0001, 16, *sizes),
        struct.pack("<HH", 0x0001, 0),
        struct.pack("<HHQ", 0x0001, 8, sizes[0]),
        struct.pack("<HHBI", 0x7075, 5 + len(unicode_name), 1, zlib.crc32(name)) + unicode_name,
        struct.pack("<HH", 0xCAFE, 0),
        struct.pack("<HH", 0xCAFE, 40),
        b"\0",
        struct.pack("<HH", 0x7875, 3) + b"\1\0\0",
    ]
    return b"".join(rng.choices(choices, k=rng.randint(1, 2)))


def a_zip(rng: random.Random) -> bytes:
    body, directory = b"", []
    for _ in range(rng.randint(1, 4)):
        name = a_name(rng)
        data = b"" if name.endswith(b"/") and rng.random() < 0.9 else rng.randbytes(rng.randrange(40)) * 3
        method = odd(rng, rng.choice([0, 8]), 12, 9, 1)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(data) + packer.flush() if method == 8 else data
        flags = odd(
            rng, 0x800 if any(byte > 0x7F for byte in name) else 0, 0, 1, 8, 0x800, 0x2000, 0x20, 0x808, 6
        )
        crc = odd(rng, zlib.crc32(data), 0, chance=0.01)
        sizes = (len(packed), len(data))
        stated = tuple(odd(rng, size, 0, size + 1, 0xFFFFFFFF, chance=0.01) for size in sizes)
        version = odd(rng, 20, 10, 45, 63)
        offset = odd(rng, len(body), 0, len(body) + 1, 0xFFFFFFFF, chance=0.01)
        extra = zip_extra(rng, name, (sizes[1], sizes[0]))
        if flags & 8 and rng.random() < 0.5:
            local_facts = (0, 0, 0)
        else:
            packed_size, size = (odd(rng, size, 0, size + 1, chance=0.01) for size in sizes)
            local_facts = (crc, packed_size, size)
        body += (
            struct.pack(
                "<IHHHHHIIIHH",
                0x04034B50,
                version,
                odd(rng, flags, 0, 8),
                odd(rng, method, 0, 8),
                0,
                0x21,
                *local_facts,
                len(name),
                len(extra),
            )
            + name
            + extra
            + packed
        )
        if flags & 8:
            body += rng.choice([b"PK\x07\x08", b""]) + struct.pack("<III", crc, *sizes)
        if rng.random() < 0.01:
            body += rng.randbytes(5)
        central_name = name if rng.random() > 0.01 else a_name(rng)
        central_extra = extra if rng.random() > 0.05 else zip_extra(rng, name, (sizes[1], sizes[0]))
        comment = b"" if rng.random() > 0.02 else b"PK\x05\x06" + bytes(18)
        attributes = odd(
            rng, 0o100644 << 16, 0o120777 << 16, 0o040755 << 16 | 16, 0, 0o060644 << 16, 0o100755 << 16
        )
        directory.append(
            struct.pack(
                "<IHHHHHHIIIHHHHHII",
                0x02014B50,
                0x0314,
                version,
                flags,
                method,
                0,
                0x21,
                crc,
                *stated,
                len(central_name),
                len(central_extra),
                len(comment),
                odd(rng, 0, 1),
                odd(rng, 0, 1),
                attributes,
                offset,
            )
            + central_name
            + central_extra
            + comment
        )
    if rng.random() < 0.03:
        directory.append(rng.choice(directory))
    if rng.random() < 0.1:
        rng.shuffle(directory)
    if rng.random() < 0.02:
        directory.pop()
    joined = b"".join(directory)
    comment = rng.choice([b"hello", b"PK\x05\x06" + bytes(18), b"PK\x06\x07"]) if rng.random() < 0.04 else b""
    prefix = rng.choice([b"#!x\n", b"PK\x03\x04"]) if rng.random() < 0.02 else b""
    count = odd(rng, len(directory), len(directory) + 1, 0, 0xFFFF, chance=0.01)
    end = struct.pack(
        "<IHHHHIIH",
        0x06054B50,
        odd(rng, 0, 1, chance=0.01),
        0,
        count,
        count,
        odd(rng, len(joined), 0, 0xFFFFFFFF, chance=0.01),
        odd(rng, len(body), len(body) + len(prefix), 0, chance=0.02),
        len(comment),
    )
    if rng.random() < 0.03:
        counts = (len(directory), len(directory), len(joined), len(body))
        place = len(body) + len(joined)
        end = (
            struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, *counts)
            + struct.pack("<IIQI", 0x07064B50, 0, odd(rng, place, 0, chance=0.1), 1)
            + end
        )
    tail = b"\0" if rng.random() < 0.01 else b""
    return prefix + body + joined + end + comment + tail


def walk_zip(data: bytes) -> Members:
    """Local headers one after the other, names as they stand."""
    found: Members = []
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        flags, method = struct.unpack_from("<HH", data, at + 6)
        packed, size, name_size, extra_size = struct.unpack_from("<IIHH", data, at + 18)
        assert not flags & 8
        name = data[at + 30 : at + 30 + name_size]
        if 0xFFFFFFFF in (packed, size):
            extra = data[at + 30 + name_size :]
            while struct.unpack_from("<H", extra)[0] != 1:
                extra = extra[4 + struct.unpack_from("<H", extra, 2)[0] :]
            size, packed = struct.unpack_from("<QQ", extra, 4)
        start = at + 30 + name_size + extra_size
        content = data[start : start + packed]
        found.append((name, zlib.decompress(content, -15) if method == 8 and (packed or size) else content))
        at = start + packed
    assert data[at : at + 4] == b"PK\x01\x02"
    return found


def python_zip(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(entry.filename.encode(), archive.read(entry)) for entry in archive.infolist()]


def test_zips_that_are_accepted_are_read_alike(binary: Path, tmp_path: Path) -> None:
    rng = random.Random(f"{SEED} zip")
    made = [a_zip(rng) for _ in range(CASES)]
    made += [change_bytes(rng, rng.choice(made)) for _ in range(CASES)]
    taken = accepted(binary, tmp_path, made, ".zip")
    assert len(taken) > CASES / 10, "too few are accepted to say anything"
    for path, data in taken:
        seen = python_zip(data)
        assert sorted(seen) == sorted(walk_zip(data)), path
        assert len({name for name, _ in seen}) == len(seen), path
        for name, _ in seen:
            assert b".." not in name.split(b"/"), path
            assert not name.startswith(b"/"), path


# ------------------------------------------------------------------ tar


def tar_number(rng: random.Random, value: int, width: int) -> bytes:
    plain = b"%0*o\0" % (width - 1, value)
    if rng.random() > 0.05:
        return plain
    base_256 = bytes([0x80]) + value.to_bytes(width - 1, "big")
    spaces = (b"%o " % value).rjust(width)
    no_end = b"%0*o" % (width, value)
    return rng.choice(
        [base_256, spaces, no_end, b" " + plain[1:], b"-" + plain[1:], bytes(width), b"\xff" * width]
    )


def tar_header(rng: random.Random, name: bytes, size: int, kind: bytes, link: bytes = b"") -> bytes:
    prefix = b""
    if len(name) > 100:
        name, prefix = name[-100:], name[:-100][:155]
    if rng.random() < 0.02:
        prefix = rng.choice([b"demo", b"..", b"\xff"])
    magic = rng.choice([b"ustar\x0000"] * 8 + [b"ustar  \0", bytes(8), b"ustar\x0001"])
    header = bytearray(512)
    parts = [
        (0, name),
        (100, tar_number(rng, odd(rng, 0o644, 0o4755, 0o777), 8)),
        (108, tar_number(rng, 0, 8)),
        (116, tar_number(rng, 0, 8)),
        (124, tar_number(rng, size, 12)),
        (136, tar_number(rng, 1, 12)),
        (156, kind),
        (157, link[:100]),
        (257, magic),
        (345, prefix),
    ]
    if rng.random() < 0.1:
        parts += [(329, tar_number(rng, 0, 8)), (337, tar_number(rng, 0, 8))]
    if rng.random() < 0.01:
        parts += [(rng.choice([329, 337, 345, 357, 369, 482]), rng.choice([b"zz", b"15017361637", b"1"]))]
    for place, part in parts:
        header[place : place + len(part)] = part
    total = sum(header[:148]) + 8 * 32 + sum(header[156:])
    header[148:156] = rng.choice([b"%06o\0 ", b"%07o\0", b"%06o \0"]) % odd(
        rng, total, total + 1, chance=0.005
    )
    return bytes(header)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax_record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    while len(b"%d" % (length + len(b"%d" % length))) != len(b"%d" % length):
        length += 1
    total = length + len(b"%d" % length)
    record = b"%d %s=%s\n" % (total, key, value)
    return record if len(record) == total else b"%d %s=%s\n" % (len(record), key, value)


def tar_before(rng: random.Random, name: bytes, size: int) -> bytes:
    """Headers that speak about the next one."""
    choice = rng.randrange(12)
    if choice < 2:
        long_name = rng.choice([name, b"demo/" + b"y" * 120, b"../up", name + b"\0evil"]) + b"\0"
        return tar_header(rng, b"././@LongLink", len(long_name), rng.choice([b"L", b"K"])) + padded(long_name)
    records = [
        pax_record(b"path", rng.choice([name, b"demo/other.py", b"../up", b"a\0b"])),
        pax_record(b"size", b"%d" % rng.choice([size, size + 1, 0])),
        pax_record(
            rng.choice([b"mtime", b"uid", b"gid", b"atime"]), rng.choice([b"1.5", b"1", b"x", b"-1", b"1e3"])
        ),
        pax_record(b"linkpath", b"demo/x"),
        pax_record(b"hdrcharset", rng.choice([b"BINARY", b"ISO-IR 10646 2000 UTF-8"])),
        pax_record(b"GNU.sparse.major", b"1"),
        pax_record(b"comment", b"\xff"),
        pax_record(b"uname", b"x"),
        b"5 a=b\n",
        b"0 path=x\n",
    ]
    content = b"".join(rng.choices(records, weights=[4, 3, 6, 1, 1, 1, 2, 4, 1, 1], k=rng.randint(1, 3)))
    kind = rng.choice([b"x", b"x", b"x", b"g", b"X"])
    return tar_header(rng, b"PaxHeaders/x", len(content), kind) + padded(content)


def a_tar(rng: random.Random) -> bytes:
    out = b""
    for _ in range(rng.randint(1, 4)):
        name = a_name(rng)
        kind = rng.choice([b"0"] * 20 + [b"\0", b"5", b"2", b"1", b"3", b"7", b"S", b"V", b"6", b"A"])
        if name.endswith(b"/") and rng.random() < 0.9:
            kind = b"5"
        data = rng.randbytes(rng.randrange(60)) * rng.choice([1, 20]) if kind in b"0\x007SA" else b""
        if rng.random() < 0.15:
            out += tar_before(rng, name, len(data))
        size = odd(rng, len(data), len(data) + 512, 0, chance=0.01)
        out += tar_header(rng, name, size, kind, b"demo/x.py1" if kind in b"12" else b"") + padded(data)
        if rng.random() < 0.01:
            out += bytes(512)
    out += bytes(512 * odd(rng, 2, 0, 1, 4, chance=0.1))
    return out + (rng.randbytes(512) if rng.random() < 0.01 else b"")


def a_tar_gz(rng: random.Random) -> bytes:
    packed = gzip.compress(a_tar(rng), mtime=0)
    kind = rng.randrange(60)
    if kind == 0:
        return packed + gzip.compress(a_tar(rng), mtime=0)
    if kind == 1:
        return packed + b"\0"
    return packed


def python_tar(data: bytes) -> Members:
    with tarfile.open(
        fileobj=io.BytesIO(data), mode="r:gz", encoding="utf-8", errors="surrogateescape"
    ) as archive:
        return [
            (member.name.rstrip("/").encode(errors="surrogateescape"), content_of(archive, member))
            for member in archive
        ]


def content_of(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    """Of a link: what it leads to; nothing where that is no file."""
    try:
        opened = archive.extractfile(member)
    except KeyError:
        return b""
    return opened.read() if opened else b""


def gnu_tar(path: Path, folder: Path) -> Members:
    target = folder / "gnu"
    target.mkdir()
    try:
        done = subprocess.run(
            ["tar", "-xzf", str(path), "-C", str(target), "--no-same-owner", "--no-same-permissions"],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (path, done.stderr)
        found: Members = []
        for one in sorted(target.rglob("*")):
            content = one.read_bytes() if one.is_file() else b""
            found.append((os.fsencode(one.relative_to(target)), content))
        return found
    finally:
        shutil.rmtree(target)


def with_parents(members: Members) -> dict[bytes, bytes]:
    named = dict(members)
    for name, _ in members:
        parts = name.split(b"/")
        for end in range(1, len(parts)):
            named.setdefault(b"/".join(parts[:end]), b"")
    return named


def test_tars_that_are_accepted_are_read_alike(binary: Path, tmp_path: Path) -> None:
    rng = random.Random(f"{SEED} tar")
    made = [a_tar_gz(rng) for _ in range(CASES)]
    made += [change_bytes(rng, rng.choice(made)) for _ in range(CASES // 4)]
    made += [gzip.compress(change_bytes(rng, a_tar(rng)), mtime=0) for _ in range(CASES)]
    taken = accepted(binary, tmp_path, made, ".tar.gz")
    assert len(taken) > CASES / 10, "too few are accepted to say anything"
    for path, data in taken:
        seen = python_tar(data)
        assert len(set(seen)) == len({name for name, _ in seen}), f"{path}: one name, two contents"
        assert with_parents(seen) == dict(gnu_tar(path, tmp_path)), path
