"""What people paste becomes an order, or is refused; the same model is the same order everywhere."""

import pytest

from loraferry_core.model_links import NoModelLink, is_repository, order, order_of, trouble_with
from loraferry_core.models import FetchSource

HUB = "stable-diffusion-v1-5/stable-diffusion-v1-5"


@pytest.mark.parametrize(
    ("text", "kind", "place", "file", "revision", "secret"),
    [
        (HUB, "hub", HUB, "", "", "huggingface"),
        (f" https://huggingface.co/{HUB} \n", "hub", HUB, "", "", "huggingface"),
        (f"huggingface.co/{HUB}/", "hub", HUB, "", "", "huggingface"),
        (f"https://www.huggingface.co/{HUB}/tree/main", "hub", HUB, "", "", "huggingface"),
        (f"https://hf-mirror.com/{HUB}/tree/fp16", "hub", HUB, "", "fp16", "huggingface"),
        (f"https://huggingface.co/{HUB}/blob/main/a%20b.safetensors", "hub", HUB, "a b.safetensors", "", "huggingface"),
        (
            f"https://huggingface.co/{HUB}/resolve/0123abc/sub/x.safetensors?download=true",
            "hub", HUB, "sub/x.safetensors", "0123abc", "huggingface",
        ),
        ("https://modelscope.cn/models/AI-ModelScope/stable-diffusion-v1-5", "modelscope",
         "AI-ModelScope/stable-diffusion-v1-5", "", "", ""),
        ("https://www.modelscope.cn/models/a/b/files", "modelscope", "a/b", "", "", ""),
        ("https://civitai.com/models/4384/dreamshaper?modelVersionId=128713", "url",
         "https://civitai.com/api/download/models/128713", "", "", "civitai"),
        ("https://civitai.com/models/4384/dreamshaper", "url", "https://civitai.com/models/4384", "", "", "civitai"),
        ("civitai.com/models/4384", "url", "https://civitai.com/models/4384", "", "", "civitai"),
        ("https://civitai.com/api/download/models/128713?type=Model&token=secret", "url",
         "https://civitai.com/api/download/models/128713", "", "", "civitai"),
        ("http://example.org:8080/m/model.safetensors?token=secret#x", "url",
         "http://example.org:8080/m/model.safetensors", "", "", ""),
    ],
)  # fmt: skip
def test_what_is_pasted(text, kind, place, file, revision, secret):
    made = order_of(text)
    assert made.sources == (FetchSource(kind=kind, place=place, file=file, revision=revision),)
    assert made.secret == secret
    assert "secret" not in made.model_dump_json().replace('"secret":', "")
    assert order_of(text).id == made.id


@pytest.mark.parametrize(
    "text",
    [
        "", "toy", "a/b/c", "../x", "C:\\models\\sd", "/root/model.safetensors", "ftp://example.org/x.safetensors",
        "https://huggingface.co/", "https://huggingface.co/org", f"https://huggingface.co/{HUB}/blob/main/x.ckpt",
        f"https://huggingface.co/{HUB}/blob/main/../x.safetensors", f"https://huggingface.co/{HUB}/discussions/3",
        f"https://huggingface.co/{HUB}/blob/main", "https://huggingface.co/datasets/../x",
        "https://civitai.com/images/5", "https://civitai.com/models/1?modelVersionId=x", "https://civitai.com/api/v1/x",
        "https://user:password@example.org/x.safetensors", "https://example.org/model.ckpt", "https://example.org/",
        "https://[bad/x.safetensors", "https:///x.safetensors", "a/b.git", "a..b/c",
        "https://huggingface.co/datasets/squad", "https://huggingface.co/spaces/a", "models/x.safetensors", "a/b.ckpt",
        f"https://example.org/{'x' * 1990}.safetensors", "https://example.org/%2e%2e%2f.safetensors/",
    ],
)  # fmt: skip
def test_what_names_no_model(text):
    with pytest.raises(NoModelLink):
        order_of(text)


def test_a_name_says_which_file_it_is():
    assert order_of(f"https://huggingface.co/{HUB}/blob/main/x.safetensors").name == f"{HUB}: x.safetensors"
    assert order_of("https://civitai.com/models/1?modelVersionId=2").name == "Civitai 2"
    assert order_of("https://example.org/a/my%20model.safetensors").name == "my model.safetensors"


def test_an_identity_follows_from_the_model():
    source = FetchSource(kind="hub", place=HUB)
    plain = order([source], name="a")
    assert order([source], name="b", secret="x", size=5).id == plain.id
    assert order([source], name="a", sha256="0" * 64).id != plain.id
    assert order([source, source], name="a").id != plain.id
    assert order([source], name="n" * 400).name == "n" * 300


def test_repositories():
    assert is_repository("a/b")
    assert is_repository("Org-1/re.po_2")
    assert not any(map(is_repository, ("a", "a/b/c", "/a/b", "a/b.", "ä/b", "a/..", "a/b\n")))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HUB, ""),
        ("https://civitai.com/models/4384/dreamshaper", ""),
        ("/root/models/x.safetensors", ""),
        ("~/models/sd", ""),
        ("/" + "x" * 4000, "base_not_found"),
        ("", "base_not_found"),
        ("what is this", "base_not_found"),
        ("a/b/c", "base_not_found"),
        ("models/x.safetensors", "base_not_found"),
        ("https://example.org/gallery", "base_no_link"),
        ("civitai.com/images/5", "base_no_link"),
        ("https://huggingface.co/datasets/squad", "base_no_link"),
        ("file:///home/me/x.safetensors", "base_no_link"),
        ("C:\\models\\x.safetensors", "base_not_here"),
        ("d:/x", "base_not_here"),
        ("\\\\nas\\models\\x", "base_not_here"),
        ("/root/models/x.CKPT", "base_pickled"),
        ("https://example.org/x.ckpt?download=true", "base_pickled"),
        ("C:\\models\\x.pt", "base_pickled"),
    ],
)
def test_trouble_that_the_text_alone_tells(text, code):
    found = trouble_with(text)
    assert (found.code if found else "") == code
    if found:
        assert text in found.params.values()
