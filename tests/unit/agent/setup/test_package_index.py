import os
from pathlib import Path

from loraferry_agent.setup.package_index import index_hosts, pip_settings, uv_arguments, uv_environment


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "xdg"), **more}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_later_files_and_the_environment_win(tmp_path: Path) -> None:
    write(tmp_path / "xdg/pip/pip.conf", "[global]\nindex-url = https://a.example\nfind-links =\n    /x\n    /y\n")
    write(tmp_path / "home/.config/pip/pip.conf", "[install]\nindex-url = https://b.example\n")
    write(tmp_path / "home/.pip/pip.conf", "no section at all")
    write(tmp_path / "own.conf", "[global]\ntrusted-host = c.example d.example\n")
    found = pip_settings(environment(tmp_path, PIP_CONFIG_FILE=str(tmp_path / "own.conf")))
    assert found["index-url"] == ["https://b.example"]
    assert found["find-links"] == ["/x", "/y"]
    assert found["trusted-host"] == ["c.example", "d.example"]
    told = pip_settings(environment(tmp_path, PIP_INDEX_URL="https://e.example", PIP_EXTRA_INDEX_URL="u v"))
    assert (told["index-url"], told["extra-index-url"]) == (["https://e.example"], ["u", "v"])
    assert pip_settings({"PIP_CONFIG_FILE": os.devnull, "HOME": str(tmp_path)}) == {}


SETTINGS = {
    "index-url": ["https://user:word@a.example/simple"], "extra-index-url": ["https://b.example"],
    "find-links": ["/x", "/y"], "trusted-host": ["a.example"], "constraint": ["/c.txt"], "cert": ["/ca.crt"],
}  # fmt: skip


def test_uv_looks_where_pip_would() -> None:
    assert uv_environment(SETTINGS, {}) == {
        "UV_DEFAULT_INDEX": "https://user:word@a.example/simple", "UV_INDEX": "https://b.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match", "UV_FIND_LINKS": "/x,/y", "UV_INSECURE_HOST": "a.example",
        "SSL_CERT_FILE": "/ca.crt",
    }  # fmt: skip
    assert uv_arguments(SETTINGS) == ["--constraints", "/c.txt"]
    assert uv_arguments({"no-index": ["true"]}) == ["--no-index"]
    assert not any("word" in argument for argument in uv_arguments(SETTINGS))


def test_an_index_of_ours_takes_the_place_of_pips_and_uvs_own_words_stand() -> None:
    assert uv_environment(SETTINGS, {}, "https://t.example")["UV_DEFAULT_INDEX"] == "https://t.example"
    own = uv_environment(SETTINGS, {"UV_INDEX_URL": "https://u.example", "SSL_CERT_FILE": "/mine"})
    assert own.keys() == {"UV_FIND_LINKS", "UV_INSECURE_HOST"}


def test_hosts_of_the_indexes() -> None:
    assert index_hosts(SETTINGS) == ["a.example", "b.example"]
