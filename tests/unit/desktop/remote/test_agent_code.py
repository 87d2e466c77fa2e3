"""The agent's code travels whole and small: sources, the lock, and the data that lie beside them."""

import gzip
import io
import zipfile

from loraferry.remote.agent_code import PACKAGES, read_agent_code

VOCABULARY = "loraferry_core/dataset/clip_merges"


def test_the_vocabulary_and_its_licence_travel() -> None:
    with zipfile.ZipFile(io.BytesIO(read_agent_code().archive())) as archive:
        merges = gzip.decompress(archive.read(f"{VOCABULARY}.txt.gz")).decode("utf-8")
        assert "Permission is hereby granted" in archive.read(f"{VOCABULARY}.license.txt").decode("utf-8")
        assert {name.partition("/")[0] for name in archive.namelist()} == set(PACKAGES)
    assert len(merges.splitlines()) == 48_895


def test_it_is_small() -> None:
    assert len(read_agent_code().archive()) < 2**20
