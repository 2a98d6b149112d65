"""Wheels made for a measurement: valid, so that every check runs on them."""

import base64
import hashlib
import io
import random
import zipfile


def _record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\n"


def wheel(name: str, version: str, payload: bytes = b"", *, compressed: bool = True) -> tuple[str, bytes]:
    """A wheel's filename and bytes; `payload` is one member of it."""
    info = f"{name}-{version}.dist-info"
    members = {
        f"{name}/__init__.py": f'__version__ = "{version}"\n'.encode(),
        f"{name}/payload.bin": payload,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        f"Requires-Python: >=3.9\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(_record_line(member, data) for member, data in members.items()) + f"{info}/RECORD,,\n"
    members[f"{info}/RECORD"] = record.encode()
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as archive:
        for member, data in members.items():
            entry = zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = method
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, data, compresslevel=6)
    return f"{name}-{version}-py3-none-any.whl", out.getvalue()


def incompressible(size: int, seed: int) -> bytes:
    """Like the weights or the binaries that make wheels large."""
    return random.Random(seed).randbytes(size)


def text_like(size: int, seed: int) -> bytes:
    """Deflates to about a third, as source and shared objects do."""
    chosen = random.Random(seed)
    words = [chosen.randbytes(chosen.randint(2, 9)).hex().encode() for _ in range(4000)]
    line = b" ".join(chosen.choice(words) for _ in range(size // 10))
    return line[:size].ljust(size, b"\n")


def form(filename: str, data: bytes, name: str, version: str, *, md5: bool = False) -> tuple[str, bytes]:
    """Content type and body of the upload that twine and uv send; with `md5` that of hatch, poetry, pdm."""
    fields = {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": name,
        "version": version,
        "filetype": "bdist_wheel",
        "pyversion": "py3",
        "requires_python": ">=3.9",
        "sha256_digest": hashlib.sha256(data).hexdigest(),
        "blake2_256_digest": hashlib.blake2b(data, digest_size=32).hexdigest(),
    }
    if md5:
        fields["md5_digest"] = hashlib.md5(data, usedforsecurity=False).hexdigest()
    boundary = "bench-" + hashlib.sha256(data[:64]).hexdigest()[:32]
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="content"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return (
        f"multipart/form-data; boundary={boundary}",
        head.encode() + data + f"\r\n--{boundary}--\r\n".encode(),
    )
