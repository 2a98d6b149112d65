"""A Sigstore instance of the tests' own: what it signs verifies under the trusted root that it prints.

Two kinds, as GitHub has them: its own instance for private repositories (an RFC 3161 timestamp, no logs) and
the public-good one (SCT and Rekor entry). Keys are new each time, so two instances never trust each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .processes import PATIENCE

Kind = Literal["github", "public-good"]
Json = dict[str, Any]

ISSUER = "https://token.actions.githubusercontent.com"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
LOG_HOST = "log.example"

_FULCIO = "1.3.6.1.4.1.57264.1"
_SCT_LIST = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_TSA_CONFIG = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.57264.2
digests = sha256
ess_cert_id_alg = sha256
ess_cert_id_chain = no
tsa_name = no
"""


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Holder:
    """A key and, for an authority, its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


class SigstoreCa:
    """An instance whose timestamp authority works in `folder`, which must exist."""

    def __init__(self, folder: Path, kind: Kind = "github") -> None:
        self.kind = kind
        self._folder = folder
        self._founded = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
        self._root = self._authority("root", None, [])
        self._issuing = self._authority("issuing", self._root, [ExtendedKeyUsageOID.CODE_SIGNING])
        self._stamping_root = self._authority("time root", None, [])
        self._stamping = self._stamper(self._stamping_root)
        self._ct_log = ec.generate_private_key(ec.SECP256R1())
        self._log = ec.generate_private_key(ec.SECP256R1())
        self._write_timestamp_authority()

    def trusted_root_json(self) -> str:
        """trusted_root.json of this instance, on one line."""
        root: Json = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "certificateAuthorities": [self._chain("https://ca.example", self._issuing, self._root)],
            "timestampAuthorities": [
                self._chain("https://time.example", self._stamping, self._stamping_root)
            ],
        }
        if self.kind == "public-good":
            root["ctlogs"] = [self._log_key("https://ct.example", self._ct_log)]
            root["tlogs"] = [self._log_key(f"https://{LOG_HOST}", self._log)]
        return json.dumps(root)

    def attest(
        self,
        subject: Path | str,
        filename: str,
        *,
        repository: str,
        repository_id: int,
        run_id: int,
        sha: str,
        attempt: int = 1,
        workflow: str = ".github/workflows/ci.yml",
        ref: str = "refs/heads/main",
        event: str = "push",
        server: str = "https://github.com",
        runner: str = "github-hosted",
        also: Sequence[tuple[str, str]] = (),
        extensions: Mapping[int, str | None] | None = None,
    ) -> Json:
        """A bundle for the file (or the SHA-256) `subject`, from a run of `workflow` in `repository` ("o/r").

        `also` names further subjects as (name, sha256). `extensions` replaces what the certificate says at
        1.3.6.1.4.1.57264.1.N, or leaves it out where the value is None.
        """
        project = f"{server}/{repository}"
        signer = f"{project}/{workflow}@{ref}"
        run = f"{project}/actions/runs/{run_id}/attempts/{attempt}"
        identity: dict[int, str | None] = {
            8: ISSUER,
            9: signer,
            11: runner,
            12: project,
            13: sha,
            14: ref,
            15: str(repository_id),
            18: signer,
            19: sha,
            20: event,
            21: run,
            **(extensions or {}),
        }
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [
                {"name": name, "digest": {"sha256": digest}}
                for name, digest in [(filename, _sha256_of(subject)), *also]
            ],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                    "externalParameters": {"workflow": {"ref": ref, "repository": project, "path": workflow}},
                },
                "runDetails": {"builder": {"id": signer}, "metadata": {"invocationId": run}},
            },
        }
        return self._bundle(json.dumps(statement).encode(), signer, identity)

    def _bundle(self, payload: bytes, signer: str, identity: Mapping[int, str | None]) -> Json:
        leaf = self._leaf(signer, identity)
        signed = b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)
        signature = _sign(leaf.key, signed)
        material: Json = {"certificate": {"rawBytes": b64(leaf.der)}}
        if self.kind == "github":
            stamp = {"signedTimestamp": b64(self._stamp(signature))}
            material["timestampVerificationData"] = {"rfc3161Timestamps": [stamp]}
        else:
            material["tlogEntries"] = [self._log_entry(payload, signature, leaf)]
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": material,
            "dsseEnvelope": {
                "payload": b64(payload),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": b64(signature)}],
            },
        }

    # --- Certificates ---

    def _authority(self, name: str, issuer: Holder | None, usages: list[x509.ObjectIdentifier]) -> Holder:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, key, issuer, timedelta(days=3650))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
        if usages:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        return Holder(key, builder.sign(issuer.key if issuer else key, hashes.SHA256()))

    def _stamper(self, issuer: Holder) -> Holder:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder("time", key, issuer, timedelta(days=3650))
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        return Holder(key, builder.add_extension(usage, critical=True).sign(issuer.key, hashes.SHA256()))

    def _leaf(self, signer: str, identity: Mapping[int, str | None]) -> Holder:
        key = ec.generate_private_key(ec.SECP256R1())
        begin = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
        builder = self._builder("", key, self._issuing, timedelta(minutes=10), begin)
        builder = builder.add_extension(_key_usage(signs_certificates=False), critical=True)
        code_signing = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
        builder = builder.add_extension(code_signing, critical=False)
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(signer)])
        builder = builder.add_extension(names, critical=True)
        for number, text in identity.items():
            if text is not None:
                oid = x509.ObjectIdentifier(f"{_FULCIO}.{number}")
                value = x509.UnrecognizedExtension(oid, _der(0x0C, text.encode()))
                builder = builder.add_extension(value, critical=False)
        if self.kind == "public-good":
            scts = self._scts(builder.sign(self._issuing.key, hashes.SHA256()))
            builder = builder.add_extension(
                x509.UnrecognizedExtension(_SCT_LIST, _der(0x04, scts)), critical=False
            )
        return Holder(key, builder.sign(self._issuing.key, hashes.SHA256()))

    def _builder(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: Holder | None,
        lifetime: timedelta,
        begin: datetime | None = None,
    ) -> x509.CertificateBuilder:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
        begin = begin or self._founded
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + lifetime)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if issuer is None:
            return builder
        known_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        return builder.add_extension(known_by, critical=False)

    def _scts(self, unlogged: x509.Certificate) -> bytes:
        """RFC 6962 section 3.3: a list of one SCT over the certificate without it."""
        tbs = unlogged.tbs_certificate_bytes
        milliseconds = int(unlogged.not_valid_before_utc.timestamp() * 1000)
        issuer = hashlib.sha256(_spki(self._issuing.key)).digest()
        signed = struct.pack(">BBQH", 0, 0, milliseconds, 1) + issuer
        signed += len(tbs).to_bytes(3, "big") + tbs + bytes(2)
        signature = _sign(self._ct_log, signed)
        sct = b"\0" + hashlib.sha256(_spki(self._ct_log)).digest()
        sct += struct.pack(">QHBBH", milliseconds, 0, 4, 3, len(signature)) + signature
        return struct.pack(">HH", len(sct) + 2, len(sct)) + sct

    # --- Time ---

    def _write_timestamp_authority(self) -> None:
        (self._folder / "tsa.cnf").write_text(_TSA_CONFIG.format(folder=self._folder))
        (self._folder / "serial").write_text("01\n")
        (self._folder / "tsa.pem").write_bytes(
            self._stamping.certificate.public_bytes(serialization.Encoding.PEM)
        )
        key = self._stamping.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self._folder / "tsa.key").write_bytes(key)

    def _stamp(self, data: bytes) -> bytes:
        digest = hashlib.sha256(data).hexdigest()
        self._openssl("-query", "-digest", digest, "-sha256", "-no_nonce", "-out", "request.tsq")
        self._openssl(
            *("-reply", "-config", "tsa.cnf", "-queryfile", "request.tsq", "-out", "reply.tsr"),
            *("-signer", "tsa.pem", "-inkey", "tsa.key"),
        )
        return (self._folder / "reply.tsr").read_bytes()

    def _openssl(self, *arguments: str) -> None:
        command = ["openssl", "ts", *arguments]
        subprocess.run(command, cwd=self._folder, check=True, capture_output=True, timeout=PATIENCE)

    # --- The log: two entries, of which ours is the second ---

    def _log_entry(self, payload: bytes, signature: bytes, leaf: Holder) -> Json:
        pem = leaf.certificate.public_bytes(serialization.Encoding.PEM)
        body = _canonical(
            {
                "apiVersion": "0.0.1",
                "kind": "dsse",
                "spec": {
                    "envelopeHash": {"algorithm": "sha256", "value": hashlib.sha256(b"envelope").hexdigest()},
                    "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
                    "signatures": [{"signature": b64(signature), "verifier": b64(pem)}],
                },
            }
        )
        first = hashlib.sha256(b"\0another entry").digest()
        tree = hashlib.sha256(b"\1" + first + hashlib.sha256(b"\0" + body).digest()).digest()
        now = int(datetime.now(UTC).timestamp())
        log_id = hashlib.sha256(_spki(self._log)).digest()
        promise = {"body": b64(body), "integratedTime": now, "logID": log_id.hex(), "logIndex": 1}
        note = f"{LOG_HOST}\n2\n{b64(tree)}\n"
        signed_note = f"{note}\n\u2014 {LOG_HOST} {b64(log_id[:4] + _sign(self._log, note.encode()))}\n"
        return {
            "logIndex": "1",
            "logId": {"keyId": b64(log_id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": str(now),
            "inclusionPromise": {"signedEntryTimestamp": b64(_sign(self._log, _canonical(promise)))},
            "inclusionProof": {
                "logIndex": "1",
                "treeSize": "2",
                "rootHash": b64(tree),
                "hashes": [b64(first)],
                "checkpoint": {"envelope": signed_note},
            },
            "canonicalizedBody": b64(body),
        }

    # --- The trusted root ---

    def _chain(self, uri: str, *chain: Holder) -> Json:
        certificates = [{"rawBytes": b64(holder.der)} for holder in chain]
        return {"uri": uri, "certChain": {"certificates": certificates}, "validFor": self._valid_for()}

    def _log_key(self, url: str, key: ec.EllipticCurvePrivateKey) -> Json:
        public = _spki(key)
        return {
            "baseUrl": url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": b64(public),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": self._valid_for(),
            },
            "logId": {"keyId": b64(hashlib.sha256(public).digest())},
        }

    def _valid_for(self) -> Json:
        return {"start": self._founded.isoformat().replace("+00:00", "Z")}


def _sha256_of(subject: Path | str) -> str:
    if isinstance(subject, Path):
        return hashlib.sha256(subject.read_bytes()).hexdigest()
    return subject


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _canonical(value: Json) -> bytes:
    """RFC 8785, as far as these documents need it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _der(tag: int, content: bytes) -> bytes:
    """A primitive DER value."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content
