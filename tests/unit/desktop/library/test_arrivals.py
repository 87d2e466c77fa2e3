"""What is dropped or pasted: what is opened, what is fetched, under which name it is kept, and what is refused."""

import base64
import io
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from loraferry.library import downloads
from loraferry.library.arrivals import (
    Dropped,
    Opening,
    Saving,
    chosen_of,
    fit_stem,
    keep,
    pictures_in,
    plan,
    save,
)
from loraferry.library.downloads import fetched
from loraferry.library.scan import list_pictures
from loraferry_core.problems import ProblemError
from tests.fakes import heic, pictures
from tests.fakes.picture_server import Answer, PictureServer, running_picture_server


def bytes_of(kind: str = "PNG", colour: str = "teal") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 24), colour).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[PictureServer]:
    # A proxy of the machine would be asked for loopback, too.
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with running_picture_server() as server:
        yield server


def code_of(dropped: Dropped) -> str:
    with pytest.raises(ProblemError) as raised:
        plan(dropped)
    return raised.value.problem.code


# --- what is meant


def test_a_folder_is_opened_and_all_in_it_is_meant(folder: Path) -> None:
    opening = plan(Dropped(paths=(folder,)))
    assert opening == Opening(folder, ())
    assert isinstance(opening, Opening)
    assert chosen_of(opening, [("1.png", str(folder / "1.png"))]) == []


def test_files_open_their_folder_and_are_chosen(folder: Path) -> None:
    one, two = pictures.plain(folder / "1.png"), pictures.plain(folder / "2.png")
    pictures.plain(folder / "3.png")
    opening = plan(Dropped(paths=(two, one)))
    assert isinstance(opening, Opening)
    names = [(name, str(folder / name)) for name in list_pictures(folder).names]
    assert opening.folder == folder
    assert chosen_of(opening, names) == ["1.png", "2.png"]


def test_folders_side_by_side_open_what_holds_them_and_their_pictures_are_chosen(folder: Path) -> None:
    for name in ("10_cat/1.png", "5_dog/1.png", "else/1.png"):
        pictures.plain(folder / name)
    opening = plan(Dropped(paths=(folder / "10_cat", folder / "5_dog")))
    assert isinstance(opening, Opening)
    assert opening.folder == folder
    names = [(name, str(folder / name)) for name in list_pictures(folder).names]
    assert chosen_of(opening, names) == ["5_dog/1.png", "10_cat/1.png"]


def test_a_folder_and_one_within_it_are_the_outer_one(folder: Path) -> None:
    (folder / "a" / "b").mkdir(parents=True)
    opening = plan(Dropped(paths=(folder / "a" / "b", folder / "a")))
    assert isinstance(opening, Opening)
    assert opening.folder == folder / "a"


def test_folders_far_apart_are_refused(folder: Path) -> None:
    for name in ("a/b", "c/d"):
        (folder / name).mkdir(parents=True)
    assert code_of(Dropped(paths=(folder / "a" / "b", folder / "c" / "d"))) == "folders_apart"
    root = Path(folder.anchor)
    beside = [path for path in root.iterdir() if path.is_dir() and not path.is_symlink()][:2]
    assert code_of(Dropped(paths=tuple(beside))) == "folders_apart"


def test_nothing_that_is_a_picture_is_refused(folder: Path) -> None:
    assert code_of(Dropped()) == "drop_empty"
    assert code_of(Dropped(addresses=("ftp://a.example/1.png", "javascript:alert(1)", "about:blank"))) == "drop_empty"
    assert code_of(Dropped(addresses=("file:///etc/passwd", "http://"))) == "drop_empty"
    assert code_of(Dropped(paths=(folder / "gone",))) == "folder_unreadable"


def test_the_picture_of_a_page_is_tried_before_the_link_around_it() -> None:
    html = '<a href="http://a.example/page"><img alt="x" src=" http://a.example/1.png?w=2&amp;h=3 "></a><img src=>'
    found = plan(Dropped(addresses=("http://a.example/page",), html=html))
    assert found == Saving(("http://a.example/1.png?w=2&h=3", "http://a.example/page"), b"")


def test_odd_pages_are_read_without_harm() -> None:
    assert pictures_in("<img src='a'><img <img src=b><!-- <img src=c> --><script><img src=d></script>")[0] == "a"
    assert pictures_in("<" * 10_000) == []
    assert pictures_in("") == []


# --- names


@pytest.mark.parametrize(
    ("stem", "fit"),
    [
        ("fox", "fox"),
        ("狐狸 🦊", "狐狸 🦊"),
        ("../../etc/passwd", "etc passwd"),
        ('a<b>:"c"|d?e*f', "a b c d e f"),
        ("CON", "picture"),
        ("lpt1.tar", "picture"),
        ("", "picture"),
        (" .hidden. ", "hidden"),
        ("evil\u202egnp.exe", "evil gnp.exe"),
        ("a\x00b\nc", "a b c"),
        ("x" * 300, "x" * 80),
    ],
)
def test_names_fit_every_system(stem: str, fit: str) -> None:
    assert fit_stem(stem) == fit


def test_the_suffix_follows_the_content_and_nothing_is_overwritten(folder: Path) -> None:
    data = bytes_of("JPEG")
    assert keep(data, "fox", folder).name == "fox.jpg"
    assert keep(bytes_of("WEBP"), "fox", folder).name == "fox (2).webp"
    assert (folder / "fox.jpg").read_bytes() == data
    (folder / "Wolf.txt").write_text("the caption of another", encoding="utf-8")
    assert keep(data, "wolf", folder).name == "wolf (2).jpg"
    assert keep(heic.TURNED, "phone", folder).name == "phone.heic"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("data", [b"", b"<html>not a picture</html>", bytes_of()[:60]])
def test_what_is_no_picture_is_not_kept(folder: Path, data: bytes) -> None:
    with pytest.raises(ProblemError) as raised:
        keep(data, "fox", folder)
    assert raised.value.problem.code.startswith("image_")
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProblemError) as raised:
        keep(bytes_of(), "fox", folder)
    assert raised.value.problem.code == "image_unwritable"
    assert raised.value.problem.params["detail"] == "No space left on device"
    assert list(folder.iterdir()) == []


def test_a_rename_that_fails_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(ProblemError):
        keep(bytes_of(), "fox", folder)
    monkeypatch.undo()
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may all")
def test_a_read_only_folder_is_told(folder: Path) -> None:
    folder.chmod(0o555)
    try:
        with pytest.raises(ProblemError) as raised:
            keep(bytes_of(), "fox", folder)
        assert raised.value.problem.code == "image_unwritable"
    finally:
        folder.chmod(0o755)


# --- fetching


def test_a_picture_is_fetched_and_kept_byte_by_byte(folder: Path, web: PictureServer) -> None:
    data = bytes_of("JPEG")
    web.answers["/a/%E7%8B%90%20fox.png?size=large"] = Answer(data, "image/jpeg")
    path = save(Saving((web.url("/a/狐 fox.png?size=large#part"),), b""), folder)
    assert path == folder / "狐 fox.jpg"
    assert path.read_bytes() == data


def test_the_next_address_is_tried_and_then_the_picture_itself(folder: Path, web: PictureServer) -> None:
    web.answers["/page"] = Answer(b"<html>", "text/html")
    web.answers["/2.png"] = Answer(bytes_of(colour="red"))
    addresses = (web.url("/gone.png"), web.url("/page"), web.url("/2.png"))
    assert save(Saving(addresses, bytes_of()), folder).name == "2.png"
    kept = save(Saving(addresses[:2], bytes_of(colour="blue")), folder)
    assert kept.name == "gone.png"
    with Image.open(kept) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (0, 0, 255)


def test_where_all_fail_the_first_reason_is_told(folder: Path, web: PictureServer) -> None:
    web.answers["/page"] = Answer(b"<html>", "text/html; charset=utf-8")
    with pytest.raises(ProblemError) as raised:
        save(Saving((web.url("/page?token=secret"), web.url("/gone.png")), b""), folder)
    assert raised.value.problem.code == "download_failed"
    assert "secret" not in str(raised.value.problem)
    with pytest.raises(ProblemError) as raised:
        save(Saving((web.url("/page"),), b""), folder)
    assert raised.value.problem.code == "download_no_picture"
    assert raised.value.problem.params["kind"] == "text/html"


def test_a_picture_as_data_needs_no_network(folder: Path) -> None:
    address = f"data:image/png;base64,{base64.b64encode(bytes_of()).decode()}"
    found = plan(Dropped(html=f'<img src="{address}">'))
    assert isinstance(found, Saving)
    assert save(found, folder).name == "picture.png"


def test_broken_data_is_told_without_all_of_it(folder: Path) -> None:
    with pytest.raises(ProblemError) as raised:
        save(Saving(("data:image/png;base64,A",), b""), folder)
    assert raised.value.problem.code == "download_no_picture"


def test_redirections_are_followed_to_the_web_alone(web: PictureServer) -> None:
    web.answers["/1.png"] = Answer(bytes_of())
    web.answers["/moved"] = Answer(status=302, location=web.url("/1.png"))
    assert fetched(web.url("/moved")) == bytes_of()
    for place in ("file:///etc/passwd", "ftp://127.0.0.1/1.png", "data:text/plain,x"):
        web.answers["/away"] = Answer(status=302, location=place)
        with pytest.raises(ProblemError) as raised:
            fetched(web.url("/away"))
        assert raised.value.problem.code == "download_failed"


def test_a_circle_of_redirections_ends(web: PictureServer) -> None:
    web.answers["/round"] = Answer(status=302, location="/round")
    with pytest.raises(ProblemError) as raised:
        fetched(web.url("/round"))
    assert raised.value.problem.code == "download_failed"


def test_too_much_is_refused(web: PictureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MAX_BYTES", 1 << 20)
    web.answers["/big.png"] = Answer(bytes((1 << 20) + 1))
    with pytest.raises(ProblemError) as raised:
        fetched(web.url("/big.png"))
    assert raised.value.problem.code == "download_too_large"


def test_an_answer_cut_short_is_no_picture(web: PictureServer) -> None:
    web.answers["/cut.png"] = Answer(bytes_of(), declared=len(bytes_of()) + 1000)
    with pytest.raises(ProblemError) as raised:
        fetched(web.url("/cut.png"))
    assert raised.value.problem.code == "download_failed"


def test_nobody_at_home_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(ProblemError) as raised:
            fetched(f"http://127.0.0.1:{port}/1.png")
    assert raised.value.problem.code == "download_failed"


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://a b/",
        "http://" + "x" * 300 + "/",
        "http://127.0.0.1:99999/",
    ],
)
def test_odd_addresses_are_problems(address: str) -> None:
    with pytest.raises(ProblemError) as raised:
        fetched(address)
    assert raised.value.problem.code == "download_failed"
