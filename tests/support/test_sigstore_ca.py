"""What the tests' own Sigstore instance signs holds up before tools that are not ours."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.processes import PATIENCE
from tests.support.sigstore_ca import Kind, SigstoreCa

RUN: dict[str, Any] = {
    "repository": "acme/demo",
    "repository_id": 4711,
    "run_id": 1001,
    "attempt": 2,
    "sha": "0123456789abcdef0123456789abcdef01234567",
}
WHEEL = "demo-1.0-py3-none-any.whl"


def make(folder: Path, kind: Kind) -> SigstoreCa:
    folder.mkdir()
    return SigstoreCa(folder, kind)


@pytest.fixture
def private(tmp_path: Path) -> SigstoreCa:
    return make(tmp_path / "private", "github")


@pytest.fixture
def public(tmp_path: Path) -> SigstoreCa:
    return make(tmp_path / "public", "public-good")


def raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def leaf_of(bundle: dict[str, Any]) -> x509.Certificate:
    return x509.load_der_x509_certificate(raw(bundle["verificationMaterial"]["certificate"]["rawBytes"]))


def public_key(der: bytes) -> ec.EllipticCurvePublicKey:
    key = serialization.load_der_public_key(der)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def leaf_key(bundle: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    key = leaf_of(bundle).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def pem_chain(ca: SigstoreCa, authorities: str) -> list[bytes]:
    chain = json.loads(ca.trusted_root_json())[authorities][0]["certChain"]["certificates"]
    certificates = [x509.load_der_x509_certificate(raw(entry["rawBytes"])) for entry in chain]
    return [certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates]


def test_signature_is_of_the_envelopes_encoding(private: SigstoreCa) -> None:
    bundle = private.attest("ab" * 32, WHEEL, **RUN)
    envelope = bundle["dsseEnvelope"]
    payload = raw(envelope["payload"])
    signed = b"DSSEv1 28 application/vnd.in-toto+json %d " % len(payload) + payload
    signature = raw(envelope["signatures"][0]["sig"])
    leaf_key(bundle).verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        leaf_key(bundle).verify(signature, signed + b" ", ec.ECDSA(hashes.SHA256()))


def test_subject_is_the_files_digest_and_further_ones_follow(private: SigstoreCa, tmp_path: Path) -> None:
    wheel = tmp_path / WHEEL
    wheel.write_bytes(b"the wheel")
    bundle = private.attest(wheel, WHEEL, also=[("demo-1.0.tar.gz", "cd" * 32)], **RUN)
    assert json.loads(raw(bundle["dsseEnvelope"]["payload"]))["subject"] == [
        {"name": WHEEL, "digest": {"sha256": hashlib.sha256(b"the wheel").hexdigest()}},
        {"name": "demo-1.0.tar.gz", "digest": {"sha256": "cd" * 32}},
    ]


def test_certificate_names_the_run(private: SigstoreCa) -> None:
    bundle = private.attest("ab" * 32, WHEEL, extensions={20: None, 11: "self-hosted"}, **RUN)
    found = {}
    for extension in leaf_of(bundle).extensions:
        prefix, _, number = extension.oid.dotted_string.rpartition(".")
        if prefix == "1.3.6.1.4.1.57264.1" and isinstance(extension.value, x509.UnrecognizedExtension):
            found[int(number)] = extension.value.value
    run = b"https://github.com/acme/demo/actions/runs/1001/attempts/2"
    assert found[21] == bytes([0x0C, len(run)]) + run
    assert found[15] == b"\x0c\x044711"
    assert found[11] == b"\x0c\x0bself-hosted"
    assert 20 not in found


@pytest.mark.parametrize("kind", ["github", "public-good"])
def test_openssl_builds_the_chain(kind: Kind, tmp_path: Path) -> None:
    ca = make(tmp_path / "ca", kind)
    issuing, root = pem_chain(ca, "certificateAuthorities")
    (tmp_path / "root.pem").write_bytes(root)
    (tmp_path / "issuing.pem").write_bytes(issuing)
    leaf = leaf_of(ca.attest("ab" * 32, WHEEL, **RUN))
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "root.pem"]
    command += ["-untrusted", "issuing.pem", "leaf.pem"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (0, "leaf.pem: OK\n"), done.stderr


def test_openssl_verifies_the_timestamp_of_the_signature_and_of_nothing_else(
    private: SigstoreCa, tmp_path: Path
) -> None:
    bundle = private.attest("ab" * 32, WHEEL, **RUN)
    stamps = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    (tmp_path / "reply.tsr").write_bytes(raw(stamps[0]["signedTimestamp"]))
    stamping, root = pem_chain(private, "timestampAuthorities")
    (tmp_path / "root.pem").write_bytes(root)
    (tmp_path / "stamping.pem").write_bytes(stamping)

    def verify(stamped: bytes) -> int:
        digest = hashlib.sha256(stamped).hexdigest()
        command = ["openssl", "ts", "-verify", "-digest", digest, "-in", "reply.tsr", "-CAfile", "root.pem"]
        command += ["-untrusted", "stamping.pem"]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, check=False, timeout=PATIENCE
        ).returncode

    signature = raw(bundle["dsseEnvelope"]["signatures"][0]["sig"])
    assert verify(signature) == 0
    assert verify(signature + b" ") != 0


def test_sct_is_over_the_certificate_without_it(public: SigstoreCa) -> None:
    leaf = leaf_of(public.attest("ab" * 32, WHEEL, **RUN))
    scts = leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
    assert len(scts) == 1
    log = json.loads(public.trusted_root_json())["ctlogs"][0]
    assert scts[0].log_id == raw(log["logId"]["keyId"])
    issuing = x509.load_pem_x509_certificate(pem_chain(public, "certificateAuthorities")[0])
    issuer = issuing.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    tbs = leaf.tbs_precertificate_bytes
    milliseconds = int(scts[0].timestamp.timestamp() * 1000)
    signed = bytes(2) + milliseconds.to_bytes(8, "big") + b"\0\1" + hashlib.sha256(issuer).digest()
    signed += len(tbs).to_bytes(3, "big") + tbs + bytes(2)
    key = public_key(raw(log["publicKey"]["rawBytes"]))
    key.verify(scts[0].signature, signed, ec.ECDSA(hashes.SHA256()))


def test_log_entry_is_of_the_envelope_and_its_proof_leads_to_the_checkpoint(public: SigstoreCa) -> None:
    bundle = public.attest("ab" * 32, WHEEL, **RUN)
    entry = bundle["verificationMaterial"]["tlogEntries"][0]
    body = raw(entry["canonicalizedBody"])
    spec = json.loads(body)["spec"]
    payload = raw(bundle["dsseEnvelope"]["payload"])
    assert spec["payloadHash"] == {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()}
    assert spec["signatures"][0]["signature"] == bundle["dsseEnvelope"]["signatures"][0]["sig"]
    assert x509.load_pem_x509_certificate(raw(spec["signatures"][0]["verifier"])) == leaf_of(bundle)

    proof = entry["inclusionProof"]
    node = b"\1" + raw(proof["hashes"][0]) + hashlib.sha256(b"\0" + body).digest()
    assert hashlib.sha256(node).digest() == raw(proof["rootHash"])
    note, _, signatures = proof["checkpoint"]["envelope"].partition("\n\n")
    assert note == f"log.example\n2\n{proof['rootHash']}"
    key = public_key(raw(json.loads(public.trusted_root_json())["tlogs"][0]["publicKey"]["rawBytes"]))
    signed_note = raw(signatures.split()[2])
    key.verify(signed_note[4:], note.encode() + b"\n", ec.ECDSA(hashes.SHA256()))


def test_promise_is_over_the_entry_and_its_time(public: SigstoreCa) -> None:
    entry = public.attest("ab" * 32, WHEEL, **RUN)["verificationMaterial"]["tlogEntries"][0]
    promised = (
        f'{{"body":"{entry["canonicalizedBody"]}","integratedTime":{entry["integratedTime"]},'
        f'"logID":"{raw(entry["logId"]["keyId"]).hex()}","logIndex":1}}'
    )
    key = public_key(raw(json.loads(public.trusted_root_json())["tlogs"][0]["publicKey"]["rawBytes"]))
    signature = raw(entry["inclusionPromise"]["signedEntryTimestamp"])
    key.verify(signature, promised.encode(), ec.ECDSA(hashes.SHA256()))


def test_only_the_public_instance_keeps_logs(private: SigstoreCa, public: SigstoreCa) -> None:
    assert "tlogs" not in json.loads(private.trusted_root_json())
    assert "tlogEntries" not in private.attest("ab" * 32, WHEEL, **RUN)["verificationMaterial"]
    assert len(json.loads(public.trusted_root_json())["tlogs"]) == 1
    assert "timestampVerificationData" not in public.attest("ab" * 32, WHEEL, **RUN)["verificationMaterial"]
