"""Which tensors make an adapter whole, for each kind."""

import pytest

from loraferry_core.lora_file.parts import completed, kind_of

LOHA = {"hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"}
LORA = {"lora_down.weight", "lora_up.weight"}


@pytest.mark.parametrize(
    ("parts", "kind", "needed"),
    [
        (set(), "lora", LORA),
        ({"lora_up.weight"}, "lora", LORA),
        ({"dora_scale"}, "lora", LORA | {"dora_scale"}),
        ({"lora_mid.weight"}, "lora", LORA | {"lora_mid.weight"}),
        ({"hada_w2_b"}, "loha", LOHA),
        ({"hada_t1", "dora_scale"}, "loha", LOHA | {"hada_t1", "hada_t2", "dora_scale"}),
        ({"lokr_w1"}, "lokr", {"lokr_w1", "lokr_w2"}),
        ({"lokr_w1", "lokr_w2_b"}, "lokr", {"lokr_w1", "lokr_w2_a", "lokr_w2_b"}),
        ({"lokr_w1_a", "lokr_w2"}, "lokr", {"lokr_w1_a", "lokr_w1_b", "lokr_w2"}),
        ({"lokr_w1", "lokr_w2_a", "lokr_t2"}, "lokr", {"lokr_w1", "lokr_w2_a", "lokr_w2_b", "lokr_t2"}),
        ({"lokr_w1", "lokr_w2", "lokr_t2"}, "lokr", {"lokr_w1", "lokr_w2"}),
        ({"lora_up.weight", "nonsense"}, "lora", LORA),
    ],
)
def test_what_is_needed(parts, kind, needed):
    assert kind_of(parts) == kind
    assert completed(parts) == tuple(sorted(needed | {"alpha"}))
