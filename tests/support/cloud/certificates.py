"""A certificate authority for tests."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID


def pem_of(key: rsa.RSAPrivateKey) -> str:
    """A private key as text."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


class Authority:
    """Signs certificates for servers on this machine and for clients of a Cloud SQL instance."""

    def __init__(self, name: str) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self._name, self._key.public_key(), timedelta(days=1), is_authority=True)

    @property
    def pem(self) -> str:
        """The authority's own certificate as text."""
        return text_of(self.certificate)

    def sign_client(self, public_key_pem: str, lifetime: timedelta) -> x509.Certificate:
        """A client certificate for this public key."""
        key = serialization.load_pem_public_key(public_key_pem.encode())
        assert isinstance(key, rsa.RSAPublicKey)
        return self._sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "client")]), key, lifetime)

    def write_server_files(self, folder: Path) -> tuple[Path, Path]:
        """Write a certificate for this machine and its key; the two files."""
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = self._sign(name, key.public_key(), timedelta(days=1), is_server=True)
        certificate_file, key_file = folder / "server.pem", folder / "server.key"
        certificate_file.write_text(text_of(certificate))
        key_file.write_text(pem_of(key))
        return certificate_file, key_file

    def _sign(
        self,
        subject: x509.Name,
        key: CertificatePublicKeyTypes,
        lifetime: timedelta,
        *,
        is_authority: bool = False,
        is_server: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + lifetime)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if is_server:
            names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def text_of(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
