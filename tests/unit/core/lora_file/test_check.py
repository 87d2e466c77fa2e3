"""The self-check finds each thing that can be wrong, and exact edges of number formats."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.lora_file.check import all_finite, all_zero, check_lora
from loraferry_core.problems import problem
from tests.unit.core.lora_file.files import KEY, PARTS, lora, raw, table

KEYS = tuple(f"{KEY}.{part}" for part in PARTS)


def bf16(value: float) -> bytes:
    return struct.pack("<f", value)[2:]


FINITE = {
    "F16": [0.0, -0.0, 1.0, 65504.0, -65504.0, 6e-8],
    "F32": [0.0, -0.0, 1.0, 3.4028234663852886e38, -3.4028234663852886e38, 1e-45, 2.0**127],
}
NOT_FINITE = [float("inf"), float("-inf"), float("nan")]
CODE = {"F16": "<e", "F32": "<f"}


@pytest.mark.parametrize("dtype", FINITE)
def test_edges_of_ieee_formats(dtype):
    for value in FINITE[dtype]:
        assert all_finite(struct.pack(CODE[dtype], value), dtype), value
    for value in NOT_FINITE:
        data = struct.pack(CODE[dtype], value)
        assert not all_finite(data, dtype), value
        ones = struct.pack(CODE[dtype], 1.0) * 50
        assert not all_finite(ones + data + ones, dtype)


@pytest.mark.parametrize(
    ("bits", "finite"),
    [
        (0x7F7F, True), (0xFF7F, True), (0x7F00, True), (0x0001, True), (0x0080, True), (0x80FF, True),
        (0x7F80, False), (0xFF80, False), (0x7FC0, False), (0xFFFF, False), (0x7F81, False),
    ],
)  # fmt: skip
def test_edges_of_bf16(bits, finite):
    assert all_finite(bits.to_bytes(2, "little"), "BF16") is finite
    assert all_finite(bf16(1.0) + bits.to_bytes(2, "little"), "BF16") is finite


def test_no_numbers_are_finite():
    for dtype in ("F16", "BF16", "F32"):
        assert all_finite(b"", dtype)
    for test in (all_finite, all_zero):
        with pytest.raises(KeyError):
            test(b"", "F64")


@pytest.mark.parametrize("kind", ["random", "near the edge"])
@pytest.mark.parametrize("dtype", ["F16", "BF16", "F32"])
def test_against_numpy(dtype, kind):
    numpy = pytest.importorskip("numpy")
    chance = numpy.random.default_rng(5)
    unsigned = numpy.uint32 if dtype == "F32" else numpy.uint16
    exponent = {"F16": 0x7C00, "BF16": 0x7F80, "F32": 0x7F800000}[dtype]
    for _ in range(300):
        bits = chance.integers(0, numpy.iinfo(unsigned).max, 5, dtype=unsigned, endpoint=True)
        if kind == "near the edge":
            bits[chance.integers(5)] |= exponent & ~(1 << int(chance.integers(numpy.iinfo(unsigned).bits)))
        if dtype == "BF16":
            values = (bits.astype(numpy.uint32) << 16).view(numpy.float32)
        else:
            values = bits.view(numpy.float16 if dtype == "F16" else numpy.float32)
        assert all_finite(bits.tobytes(), dtype) is bool(numpy.isfinite(values).all())
        assert all_zero(bits.tobytes(), dtype) is bool((values == 0).all())


@pytest.mark.parametrize(
    ("values", "zero"),
    [([0.0], True), ([-0.0], True), ([0.0, -0.0, 0.0], True), ([0.0, 6e-8], False), ([-6e-8], False), ([1.0], False)],
)
def test_zero(values, zero):
    assert all_zero(b"".join(struct.pack("<e", value) for value in values), "F16") is zero


@given(st.lists(st.sampled_from([0x00, 0x80]), min_size=4, max_size=16).filter(lambda b: len(b) % 4 == 0))
def test_zero_of_bytes_that_look_like_it(numbers):
    data = bytes(numbers)
    assert all_zero(data, "F32") is all(n == 0 for n in struct.unpack(f"<{len(data) // 4}f", data))


def test_a_good_file(tmp_path):
    assert check_lora(lora(tmp_path / "x"), KEYS) == []
    assert check_lora(lora(tmp_path / "x")) == []
    assert check_lora(lora(tmp_path / "x", dtype="F32", alpha=b"\0\0\x80\x3f")) == []


def test_what_is_no_safetensors_file(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"hello")
    detail = "the header's length is beyond the file"
    assert check_lora(tmp_path / "x.safetensors") == [
        problem("lora_not_safetensors", name="x.safetensors", detail=detail)
    ]


def test_a_file_of_nothing(tmp_path):
    (tmp_path / "x").write_bytes(raw({}))
    assert check_lora(tmp_path / "x") == [
        problem("lora_not_safetensors", name="x", detail="there are no tensors in it")
    ]


def test_numbers_of_another_format(tmp_path):
    lora(tmp_path / "x", dtype="F64", alpha=b"\1" * 8, down=b"\1" * 8, up=b"\1" * 8)
    assert check_lora(tmp_path / "x", KEYS) == [problem("lora_not_safetensors", name="x", detail="its numbers are F64")]


def test_keys_missing_and_unexpected(tmp_path):
    other = f"{KEY}x"
    lora(tmp_path / "x", module=other)
    assert check_lora(tmp_path / "x", KEYS) == [
        problem("lora_key_missing", count=3, example=f"{KEY}.alpha"),
        problem("lora_key_unexpected", count=3, example=f"{other}.alpha"),
    ]


def whole(path, parts, metadata=None, module=KEY):
    """A file of one module with these tensors, of one number each."""
    tensors = {f"{module}.{part}": ("F16", [1], data) for part, data in parts.items()}
    path.write_bytes(raw(table(tensors, metadata), b"".join(parts.values())))
    return path


ONE, ZERO = b"\0\x3c", b"\0\0"
KINDS = [
    ("lora_down.weight", "lora_up.weight"),
    ("lora_down.weight", "lora_mid.weight", "lora_up.weight", "dora_scale"),
    ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"),
    ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1", "hada_t2"),
    ("lokr_w1", "lokr_w2"),
    ("lokr_w1_a", "lokr_w1_b", "lokr_w2_a", "lokr_w2_b", "lokr_t2"),
]


@pytest.mark.parametrize("parts", KINDS)
def test_a_file_of_another_program_is_whole_or_not(tmp_path, parts):
    good = dict.fromkeys((*parts, "alpha"), ONE)
    assert check_lora(whole(tmp_path / "x", good)) == []
    for part in good:
        found = check_lora(whole(tmp_path / "x", {name: data for name, data in good.items() if name != part}))
        # Without these it is whole, only of another sort.
        assert bool(found) is (part not in ("lora_mid.weight", "dora_scale", "lokr_t2"))
    assert [found.code for found in check_lora(whole(tmp_path / "x", {**good, "more": ONE}))] == ["lora_key_unexpected"]


@pytest.mark.parametrize("parts", KINDS)
def test_any_factor_of_zeros_makes_an_adapter_without_effect(tmp_path, parts):
    for part in parts:
        file = whole(tmp_path / "x", {**dict.fromkeys((*parts, "alpha"), ONE), part: ZERO})
        assert check_lora(file) == [problem("lora_zero", count=1, example=f"{KEY}.{part}")]
        assert check_lora(file, may_be_zero=[f"{KEY}.{part}"]) == []


@pytest.mark.parametrize(("part", "fine"), [("lora_up.weight", True), ("lora_down.weight", False)])
@pytest.mark.parametrize(
    ("module", "may"),
    [
        ("a_attn1_to_q", True),
        ("a_attn1_to_k", True),
        ("a_attn1_to_v", False),
        ("a_attn2_to_q", False),
        ("proj_in", False),
        ("lora_te1_text_model_encoder_layers_11_mlp_fc1", True),
        ("lora_te2_text_model_encoder_layers_31_mlp_fc1", False),
    ],
)
def test_queries_and_keys_that_nothing_could_teach(tmp_path, module, may, part, fine):
    parts = {"alpha": ONE, "lora_down.weight": ONE, "lora_up.weight": ONE, part: ZERO}
    told = {"loraferry_untaught": f"other_attn1_to_q,{module}"}
    assert bool(check_lora(whole(tmp_path / "x", parts, told, module))) is not (may and fine)
    assert [found.code for found in check_lora(whole(tmp_path / "x", parts, {}, module))] == ["lora_zero"]


def test_a_module_without_all_its_parts(tmp_path):
    tensors = {f"{KEY}.alpha": ("F16", [], b"\0\x48"), f"{KEY}.bias": ("F16", [1], b"\0\x3c")}
    (tmp_path / "x").write_bytes(raw(table(tensors), b"\0\x48\0\x3c"))
    assert check_lora(tmp_path / "x") == [
        problem("lora_key_missing", count=2, example=f"{KEY}.lora_down.weight"),
        problem("lora_key_unexpected", count=1, example=f"{KEY}.bias"),
    ]


@pytest.mark.parametrize("part", ["alpha", "down", "up"])
@pytest.mark.parametrize("value", NOT_FINITE)
def test_numbers_that_are_not_finite(tmp_path, part, value):
    names = dict(zip(("alpha", "down", "up"), PARTS, strict=True))
    lora(tmp_path / "x", **{part: struct.pack("<e", value)})
    assert check_lora(tmp_path / "x", KEYS) == [problem("lora_not_finite", key=f"{KEY}.{names[part]}")]


@pytest.mark.parametrize("zero", [b"\0" * 8, b"\0\x80" * 4, b""])
def test_an_adapter_without_effect(tmp_path, zero):
    lora(tmp_path / "x", up=zero)
    assert check_lora(tmp_path / "x", KEYS) == [problem("lora_zero", count=1, example=f"{KEY}.lora_up.weight")]
    assert check_lora(tmp_path / "x", KEYS, may_be_zero=[f"{KEY}.lora_up.weight"]) == []


def test_only_what_may_be_zero_is(tmp_path):
    lora(tmp_path / "x", up=b"\0" * 8, down=b"\0" * 8)
    assert check_lora(tmp_path / "x", KEYS, may_be_zero=[f"{KEY}.lora_up.weight"]) == [
        problem("lora_zero", count=1, example=f"{KEY}.lora_down.weight")
    ]
    assert check_lora(tmp_path / "x", KEYS) == [problem("lora_zero", count=2, example=f"{KEY}.lora_down.weight")]


def test_all_findings_come_at_once(tmp_path):
    lora(tmp_path / "x", down=b"\0\x7c", up=b"\0\0")
    assert [found.code for found in check_lora(tmp_path / "x", (*KEYS, "more"))] == [
        "lora_key_missing", "lora_not_finite", "lora_zero",
    ]  # fmt: skip


def test_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        check_lora(tmp_path / "none")
