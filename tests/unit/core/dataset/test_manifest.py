"""A manifest has one form in bytes, and nothing else reads as one."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from loraferry_core.dataset.manifest import Manifest, ManifestEntry, decode, encode, manifest_hash, manifest_of

A, B = "a" * 64, "b" * 64
ODD_NAMES = [
    "with space.png", "it's \"quoted\".png", "two\nlines.png", "龙.png", "👩‍🎨.png", "tab\t.png", "\u2028.png", "\x00",
    "back\\slash", "../up", "/absolute", "\x7f", "é", "e\u0301", " ", "\u202eabc",
]  # fmt: skip


def entry(name, size=1, sha256=A, caption=""):
    return ManifestEntry(name=name, size=size, sha256=sha256, caption=caption)


def test_canonical_bytes():
    manifest = manifest_of([entry("b.png", 2, B, 'red, "x"\n'), entry("a 龙.png")])
    expected = f'["a \\u9f99.png",1,"{A}",""]\n["b.png",2,"{B}","red, \\"x\\"\\n"]\n'.encode()
    assert encode(manifest) == expected
    assert decode(expected) == manifest
    assert manifest_hash(manifest) == hashlib.sha256(expected).hexdigest()
    assert manifest_hash(manifest) == "d16181905e023bd96e0b572749785fb6607f605fea1499b6ab504853336281e1"
    assert manifest.total_bytes == 3


def test_an_empty_manifest():
    assert encode(Manifest(entries=())) == b""
    assert decode(b"") == Manifest(entries=())
    assert manifest_hash(Manifest(entries=())) == hashlib.sha256(b"").hexdigest()


def test_the_order_of_the_input_does_not_matter():
    entries = [entry(name) for name in ODD_NAMES]
    assert manifest_of(entries) == manifest_of(entries[::-1])
    assert manifest_hash(manifest_of(entries)) == manifest_hash(manifest_of(entries[::-1]))


@pytest.mark.parametrize(
    "change", [{"name": "c"}, {"size": 2}, {"sha256": B}, {"caption": "x"}, {"caption": "龙"}, {"caption": " "}]
)
def test_every_field_counts(change):
    assert manifest_hash(manifest_of([entry("a").replace(**change)])) != manifest_hash(manifest_of([entry("a")]))


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_odd_names_and_captions_survive(name):
    manifest = manifest_of([entry(name, caption=name)])
    assert decode(encode(manifest)) == manifest
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


@given(
    st.lists(
        st.builds(
            ManifestEntry,
            name=st.text(min_size=1, max_size=20), size=st.integers(0, 2**63 - 1), sha256=st.sampled_from([A, B]),
            caption=st.text(max_size=20),
        ),
        unique_by=lambda e: e.name, max_size=6,
    )
)  # fmt: skip
def test_whatever_is_encoded_decodes(entries):
    manifest = manifest_of(entries)
    data = encode(manifest)
    assert decode(data) == manifest
    assert data.isascii()
    assert data.count(b"\n") == len(entries)
    rows = [[e.name, e.size, e.sha256, e.caption] for e in manifest.entries]
    assert data.decode("ascii") == "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def test_no_name_twice():
    with pytest.raises(ValidationError, match="not sorted by name, or a name occurs twice"):
        manifest_of([entry("a", 1), entry("a", 2)])
    with pytest.raises(ValidationError, match="not sorted"):
        Manifest(entries=(entry("b"), entry("a")))


def test_names_that_may_become_paths():
    assert manifest_of([entry("unet/config.json"), entry("a")]).is_tree()
    assert not manifest_of([entry("../a"), entry("b")]).is_tree()


GOOD = f'["a",1,"{A}",""]\n'.encode()
BAD = {
    "no newline": GOOD[:-1],
    "two newlines": GOOD + b"\n",
    "carriage return": GOOD[:-1] + b"\r\n",
    "space": GOOD.replace(b",1", b", 1"),
    "leading space": b" " + GOOD,
    "mark": b"\xef\xbb\xbf" + GOOD,
    "utf-16": GOOD.decode().encode("utf-16"),
    "not escaped": f'["龙",1,"{A}",""]\n'.encode(),
    "escaped twice": f'["\\u0061",1,"{A}",""]\n'.encode(),
    "twice": GOOD * 2,
    "unsorted": f'["b",1,"{A}",""]\n'.encode() + GOOD,
    "float size": GOOD.replace(b",1,", b",1.0,"),
    "true size": GOOD.replace(b",1,", b",true,"),
    "text size": GOOD.replace(b",1,", b',"1",'),
    "null size": GOOD.replace(b",1,", b",null,"),
    "negative size": GOOD.replace(b",1,", b",-1,"),
    "size beyond files": GOOD.replace(b",1,", b",9223372036854775808,"),
    "size beyond integers": GOOD.replace(b",1,", b"," + b"9" * 5000 + b","),
    "infinite size": GOOD.replace(b",1,", b",1e400,"),
    "NaN size": GOOD.replace(b",1,", b",NaN,"),
    "short hash": GOOD.replace(b"a" * 64, b"a" * 63),
    "capital hash": GOOD.replace(b"a" * 64, b"A" * 64),
    "hash with newline": GOOD.replace(b"a" * 64, b"a" * 64 + b"\\n"),
    "empty name": GOOD.replace(b'"a"', b'""'),
    "long name": GOOD.replace(b'"a"', b'"' + b"a" * 1001 + b'"'),
    "number as name": GOOD.replace(b'"a"', b"5"),
    "surrogate name": GOOD.replace(b'"a"', b'"\\ud800"'),
    "surrogate caption": GOOD.replace(b'""', b'"\\ud800"'),
    "three fields": b'["a",1,""]\n',
    "five fields": GOOD.replace(b"]", b",1]"),
    "object": b'{"a":1,"b":2,"c":3,"d":4}\n',
    "text": b'"abcd"\n',
    "number": b"4\n",
    "not JSON": b"[\n",
    "bytes": b"\xff\xfe\n",
    "deep": b"[" * 100_000 + b"\n",
}  # fmt: skip


@pytest.mark.parametrize("data", BAD.values(), ids=list(BAD))
def test_refused(data):
    assert decode(GOOD).entries == (entry("a"),)
    with pytest.raises(ValueError):
        decode(data)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_or_canonical(data):
    try:
        manifest = decode(data)
    except ValueError:
        return
    assert encode(manifest) == data


@given(st.data())
def test_a_changed_byte_is_refused_or_another_manifest(data):
    good = encode(manifest_of([entry("a", 10, A, "red"), entry("b 龙", 20, B, "blue")]))
    place = data.draw(st.integers(0, len(good) - 1))
    broken = good[:place] + bytes([data.draw(st.integers(0, 255))]) + good[place + 1 :]
    try:
        manifest = decode(broken)
    except ValueError:
        return
    assert encode(manifest) == broken
    assert (manifest_hash(manifest) == manifest_hash(decode(good))) is (broken == good)
