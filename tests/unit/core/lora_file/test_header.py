"""The header reader takes what the format allows and nothing that does not fit the file."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loraferry_core.lora_file.header import MAX_HEADER, CutShort, Header, NotSafetensors, Tensor, read_header
from tests.unit.core.lora_file.files import raw, table

EIGHT = b"\x01" * 8


def entry(**changes):
    return {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}}


def test_reading(tmp_path):
    header = table({"b": ("F16", [2, 2], EIGHT), "a": ("F32", [], b"\0" * 4), "c": ("U8", [0], b"")}, {"k": "龙"})
    data = raw(header, EIGHT + b"\0" * 4)
    (tmp_path / "x").write_bytes(data)
    start = len(data) - 12
    found = read_header(tmp_path / "x")
    assert found == Header(
        {
            "b": Tensor("F16", (2, 2), start, start + 8),
            "a": Tensor("F32", (), start + 8, start + 12),
            "c": Tensor("U8", (0,), start + 12, start + 12),
        },
        {"k": "龙"},
        start,
    )
    assert list(found.tensors) == ["b", "a", "c"]


def test_tensors_come_in_the_order_of_their_bytes(tmp_path):
    header = {
        "late": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]},
        "early": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
    }
    (tmp_path / "x").write_bytes(raw(header, b"ab"))
    assert list(read_header(tmp_path / "x").tensors) == ["early", "late"]


def test_padding_after_the_header_is_allowed(tmp_path):
    (tmp_path / "x").write_bytes(raw(json.dumps(entry()).encode() + b"   ", EIGHT))
    assert read_header(tmp_path / "x").metadata == {}


def test_a_file_of_another_writer(tmp_path):
    numpy = pytest.importorskip("numpy")
    from safetensors.numpy import save_file

    arrays = {"x.alpha": numpy.float16(4), "x.up": numpy.arange(6, dtype=numpy.float32).reshape(3, 2)}
    save_file(
        {name: numpy.asarray(array) for name, array in arrays.items()}, tmp_path / "x", metadata={"ss_steps": "7"}
    )
    found = read_header(tmp_path / "x")
    assert found.metadata == {"ss_steps": "7"}
    assert {name: (t.dtype, t.shape) for name, t in found.tensors.items()} == {
        "x.alpha": ("F16", ()),
        "x.up": ("F32", (3, 2)),
    }
    data = (tmp_path / "x").read_bytes()
    up = found.tensors["x.up"]
    assert data[up.start : up.end] == arrays["x.up"].tobytes()


BAD = {
    "empty": (b"", "length is beyond"),
    "seven bytes": (b"\x02" + b"\0" * 6, "length is beyond"),
    "only a length": (b"\x02" + b"\0" * 7, "length is beyond"),
    "length zero": (b"\0" * 8 + b"{}", "length is beyond"),
    "length beyond the file": (raw({})[:-1], "length is beyond"),
    "length beyond memory": (b"\xff" * 8 + b"{}", "length is beyond"),
    "an image": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "length is beyond"),
    "not JSON": (raw(b"{]"), "not JSON"),
    "not text": (raw(b'{"\xff":1}'), "not JSON"),
    "a deep nest": (raw(b"[" * 100_000), "not JSON"),
    "a list": (raw([]), "not a table"),
    "a number": (raw(b"10"), "not a table"),
    "metadata of numbers": (raw({"__metadata__": {"a": 1}}), "metadata are not texts"),
    "metadata as list": (raw({"__metadata__": []}), "metadata are not texts"),
    "metadata null": (raw({"__metadata__": None}), "metadata are not texts"),
    "entry null": (raw({"a": None}), "entry of a is odd"),
    "entry text": (raw({"a": "x"}), "entry of a is odd"),
    "entry list": (raw({"a": []}), "entry of a is odd"),
    "no dtype": (raw({"a": {"shape": [2], "data_offsets": [0, 8]}}, EIGHT), "entry of a is odd"),
    "no shape": (raw({"a": {"dtype": "F32", "data_offsets": [0, 8]}}, EIGHT), "entry of a is odd"),
    "no offsets": (raw({"a": {"dtype": "F32", "shape": [2]}}, EIGHT), "entry of a is odd"),
    "dtype unknown": (raw(entry(dtype="F31"), EIGHT), "entry of a is odd"),
    "dtype list": (raw(entry(dtype=["F32"]), EIGHT), "entry of a is odd"),
    "shape number": (raw(entry(shape=2), EIGHT), "entry of a is odd"),
    "shape text": (raw(entry(shape="2"), EIGHT), "entry of a is odd"),
    "shape float": (raw(entry(shape=[2.0]), EIGHT), "entry of a is odd"),
    "shape true": (raw(entry(shape=[True, 2]), EIGHT), "entry of a is odd"),
    "shape negative": (raw(entry(shape=[-1, -2]), EIGHT), "entry of a is odd"),
    "shape of texts": (raw(entry(shape=["a", "b"]), EIGHT), "entry of a is odd"),
    "shape huge": (raw(entry(shape=[2**63]), EIGHT), "entry of a is odd"),
    "shape of many dimensions": (raw(entry(shape=[1] * 16 + [2]), EIGHT), "entry of a is odd"),
    "shape of huge numbers": (raw(entry(shape=[2**62] * 16), EIGHT), "a has 8 bytes where its shape needs"),
    "shape too long for a number": (raw(b'{"a":{"shape":[' + b"9" * 5000 + b"]}}"), "not JSON"),
    "offsets one": (raw(entry(data_offsets=[0]), EIGHT), "entry of a is odd"),
    "offsets three": (raw(entry(data_offsets=[0, 4, 8]), EIGHT), "entry of a is odd"),
    "offsets text": (raw(entry(data_offsets="08"), EIGHT), "entry of a is odd"),
    "offsets of texts": (raw(entry(shape=[], data_offsets=["a", "b"]), EIGHT), "entry of a is odd"),
    "offsets negative": (raw(entry(data_offsets=[-8, 0]), EIGHT), "entry of a is odd"),
    "offsets floats": (raw(entry(data_offsets=[0.0, 8.0]), EIGHT), "entry of a is odd"),
    "offsets reversed": (raw(entry(data_offsets=[8, 0]), EIGHT), "a has -8 bytes where its shape needs 8"),
    "offsets too short": (raw(entry(data_offsets=[0, 4]), EIGHT), "a has 4 bytes where its shape needs 8"),
    "offset beyond the file": (raw(entry(data_offsets=[8, 16]), EIGHT), "gap or an overlap before a"),
    "cut short": (raw(entry(), EIGHT[:-1]), "the tensors end at byte"),
    "bytes too many": (raw(entry(), EIGHT + b"x"), "the tensors end at byte"),
    "overlap": (raw({**entry(), "b": entry()["a"]}, EIGHT), "gap or an overlap before b"),
    "gap": (
        raw({**entry(), "b": {"dtype": "U8", "shape": [1], "data_offsets": [9, 10]}}, EIGHT + b"xx"),
        "gap or an overlap before b",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=list(BAD))
def test_refused(tmp_path, data, message):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(NotSafetensors, match=message):
        read_header(tmp_path / "x")


def test_a_header_too_large_to_read(tmp_path):
    with (tmp_path / "x").open("wb") as file:
        file.write((MAX_HEADER + 1).to_bytes(8, "little"))
        file.truncate(MAX_HEADER + 100)
    with pytest.raises(NotSafetensors, match="length is beyond"):
        read_header(tmp_path / "x")


def test_a_long_name_is_not_repeated_whole(tmp_path):
    (tmp_path / "x").write_bytes(raw({"n" * 100_000: {}}))
    with pytest.raises(NotSafetensors) as caught:
        read_header(tmp_path / "x")
    assert len(str(caught.value)) < 300


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_header(tmp_path / "none")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10) | st.floats() | st.sampled_from(["F32", "F16", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["dtype", "shape", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
TABLES = st.dictionaries(
    st.sampled_from(["a", "b", "__metadata__"]),
    JSON | st.fixed_dictionaries({"dtype": JSON, "shape": JSON, "data_offsets": JSON}),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60) | st.builds(raw, TABLES, st.binary(max_size=12)))
def test_any_bytes_are_read_or_refused(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    try:
        found = read_header(tmp_path / "x")
    except NotSafetensors:
        return
    assert sum(t.end - t.start for t in found.tensors.values()) == len(data) - found.data_start


def test_a_missing_end_is_told_from_other_damage(tmp_path):
    for data, is_cut in ((raw(entry(), EIGHT[:-1]), True), (raw(entry(), EIGHT + b"x"), False)):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(NotSafetensors) as caught:
            read_header(tmp_path / "x")
        assert isinstance(caught.value, CutShort) is is_cut
