"""Which files of this computer each run was launched with, so that a cut launch is taken up again and a lost machine
replaced."""

import json
from collections.abc import Mapping
from pathlib import Path

from loraferry.runs.database import Database
from loraferry_core.dataset.manifest import Manifest, decode, encode, manifest_hash


class Cargoes:
    """Manifests, and where the files lay when they were ferried. One is forgotten with the last run that names it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, manifest: Manifest, sources: Mapping[str, Path]) -> None:
        """Remember a set; `sources` gives the file of each name. The same set again takes over the newer places."""
        places = json.dumps({name: str(path) for name, path in sources.items()})
        with self._database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO cargo VALUES (?, ?, ?)", (manifest_hash(manifest), encode(manifest), places)
            )

    def get(self, manifest: str) -> tuple[Manifest, dict[str, Path]] | None:
        """A set by its manifest's hash, or None."""
        with self._database.reading() as db:
            row = db.execute("SELECT entries, sources FROM cargo WHERE manifest = ?", (manifest,)).fetchone()
        if row is None:
            return None
        return decode(row[0]), {name: Path(path) for name, path in json.loads(row[1]).items()}
