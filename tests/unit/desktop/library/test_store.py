"""The library's own file: where it lies, what it keeps."""

import sqlite3
from pathlib import Path

import pytest

from loraferry.library import store as store_module
from loraferry.library.disks import disk_of, filesystem_of
from loraferry.library.places import Places
from loraferry.library.store import SCHEMA_NUMBER, Pending, Store
from loraferry_core.problems import ProblemError

TABLE = "/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/my\\040nas nfs4 rw 0 0\n/dev/sdb /mnt/my\\040nas/usb vfat rw 0 0\n"


def write(store: Store) -> None:
    with store.transaction() as database:
        database.execute("INSERT INTO state VALUES ('verdict', 'a.png', '\"reject\"')")


WRITTEN = [("verdict", "a.png", '"reject"')]


def test_looking_leaves_nothing_behind(folder: Path, places: Places) -> None:
    store = Store(folder, places)
    assert (store.state(), store.pending(), store.originals("a"), store.path) == ([], {}, [], None)
    store.close()
    assert not list(folder.iterdir())
    assert not places.data.exists()


def test_state_is_kept_beside_the_pictures(folder: Path, places: Places) -> None:
    store = Store(folder, places)
    write(store)
    assert store.path == folder / ".loraferry" / "library.sqlite"
    store.close()
    again = Store(folder, places)
    assert again.state() == WRITTEN
    again.close()


def test_a_folder_that_cannot_be_written_is_kept_in_the_app_data(
    folder: Path, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.mkdir

    def mkdir(self: Path, *args: object, **kwargs: object) -> None:
        # Rights do not bind root, so the refusal of a read-only disk is played where the folder would be made.
        if self.name == ".loraferry":
            raise OSError(30, "Read-only file system")
        real(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", mkdir)
    store = Store(folder, places)
    write(store)
    store.hold({"a.png": Pending("new", "old")})
    store.hold({"a.png": Pending("newer", "old")})
    assert store.path is not None
    assert places.data in store.path.parents
    store.close()
    again = Store(folder, places)
    assert again.state() == WRITTEN
    assert again.pending() == {"a.png": Pending("newer", "old")}
    again.release(["a.png"])
    assert again.pending() == {}
    again.close()
    assert not list(folder.iterdir())


def test_nowhere_to_write_is_said(folder: Path, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    def mkdir(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", mkdir)
    with pytest.raises(ProblemError) as raised:
        write(Store(folder, places))
    assert raised.value.problem.code == "folder_unwritable"


def test_a_newer_file_is_not_touched(folder: Path, places: Places) -> None:
    store = Store(folder, places)
    write(store)
    path = store.path
    store.close()
    assert path is not None
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA user_version = {SCHEMA_NUMBER + 1}")
    database.close()
    with pytest.raises(ProblemError) as raised:
        Store(folder, places)
    assert raised.value.problem.code == "library_newer"


def test_a_damaged_file_is_named_and_left(folder: Path, places: Places) -> None:
    path = folder / ".loraferry" / "library.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(ProblemError) as raised:
        Store(folder, places)
    assert raised.value.problem.code == "file_unreadable"
    assert path.read_bytes().startswith(b"this is no database")


def test_originals_keep_their_bytes(folder: Path, places: Places) -> None:
    store = Store(folder, places)
    store.keep_original("a.png", "GB18030", b"\xc4\xe3")
    assert store.originals("a.png") == [("GB18030", b"\xc4\xe3")]
    store.close()


def test_blobs_are_named_by_their_hash(folder: Path, places: Places) -> None:
    store = Store(folder, places)
    sha256 = store.keep_blob(b"a mask")
    assert sha256 == store.keep_blob(b"a mask")
    assert (store.blob(sha256), store.blob("0" * 64)) == (b"a mask", None)
    store.close()


def test_a_file_of_the_first_kind_is_taken_over(folder: Path, places: Places) -> None:
    path = folder / ".loraferry" / "library.sqlite"
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE verdict (name TEXT PRIMARY KEY, verdict TEXT NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE unsaved (name TEXT PRIMARY KEY, text TEXT NOT NULL, base TEXT NOT NULL) WITHOUT ROWID;"
        "INSERT INTO verdict VALUES ('a.png', 'reject'); INSERT INTO unsaved VALUES ('b.png', 'new', 'old');"
        "PRAGMA user_version = 1;"
    )
    database.close()
    store = Store(folder, places)
    assert store.state() == WRITTEN
    assert store.pending() == {"b.png": Pending("new", "old")}
    store.close()


def test_network_disks_use_the_app_data(folder: Path, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "disk_of", lambda path: "network" if path == folder else "unknown")
    store = Store(folder, places)
    write(store)
    assert store.path is not None
    assert places.data in store.path.parents
    assert not list(folder.iterdir())
    journal = store._database.execute("PRAGMA journal_mode").fetchone()[0]  # type: ignore[union-attr]
    assert journal == "delete"
    store.close()


def test_mounts_tell_network_disks(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(TABLE, encoding="utf-8")
    assert filesystem_of(Path("/home/me"), TABLE) == "ext4"
    assert filesystem_of(Path("/mnt/my nas/usb/x"), TABLE) == "vfat"
    assert disk_of(Path("/mnt/my nas/x"), mounts) == "network"
    assert disk_of(Path("/home"), mounts) == "local"
    assert disk_of(Path("/home"), tmp_path / "none") == "unknown"
    assert disk_of(Path("\\\\server\\share"), mounts) == "network"
