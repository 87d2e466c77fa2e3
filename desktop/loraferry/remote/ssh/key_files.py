"""What a private key file says about itself without its passphrase.

Format: OpenSSH's PROTOCOL.key. Its head is plain even where the private part is encrypted.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"openssh-key-v1\0"
BEGIN, END = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
MAX_BYTES = 1 << 20


@dataclass(frozen=True)
class KeyFile:
    """`kind` is as in a public key, such as `ssh-ed25519`, and `public` its bytes as they go over the wire; both are
    empty where neither this file nor the `.pub` beside it tells. `locked`: a passphrase is needed."""

    path: Path
    kind: str = ""
    public: bytes = b""
    locked: bool = False

    @property
    def on_hardware(self) -> bool:
        """Whether the private part is in a security key, which only OpenSSH's own program can use."""
        return self.kind.startswith("sk-")


def read_key_file(path: str) -> KeyFile:
    """The head of a key file. What cannot be read is left empty: whoever uses the key will say what is wrong."""
    private = Path(path.removesuffix(".pub")).expanduser()
    text = _text(private)
    if BEGIN in text:
        found = _from_openssh(private, text)
        if found:
            return found
    kind, public = _from_public(Path(f"{private}.pub"))
    return KeyFile(private, kind, public, "ENCRYPTED" in text)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("ascii", "replace")
    except OSError:
        return ""


def _from_openssh(path: Path, text: str) -> KeyFile | None:
    try:
        data = base64.b64decode("".join(text.partition(BEGIN)[2].partition(END)[0].split()), validate=True)
        if not data.startswith(MAGIC):
            return None
        cipher, at = _string(data, len(MAGIC))
        _, at = _string(data, at)
        _, at = _string(data, at)
        public, _ = _string(data, at + 4)
        kind, _ = _string(public, 0)
    except (binascii.Error, struct.error):
        return None
    return KeyFile(path, kind.decode("ascii", "replace"), public, cipher != b"none")


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">I", data, at)
    (text,) = struct.unpack_from(f"{length}s", data, at + 4)
    return text, at + 4 + length


def _from_public(path: Path) -> tuple[str, bytes]:
    words = _text(path).split()
    try:
        return (words[0], base64.b64decode(words[1], validate=True)) if len(words) > 1 else ("", b"")
    except binascii.Error:
        return "", b""
