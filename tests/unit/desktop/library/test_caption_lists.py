"""Lists of captions as they are published and kept: every form, odd rows, and files that are too much."""

import json
from pathlib import Path

import pytest

from loraferry.library import caption_lists
from loraferry.library.caption_lists import ListedCaptions, is_caption_list, read_caption_lists
from loraferry.library.details import read_details
from loraferry.library.scan import list_pictures
from tests.fakes import pictures

NAMES = ["1.png", "2.jpg", "图 三.webp", "sub/1.png", "sub/deep/9.png"]


def read(folder: Path, *lists: str, names: list[str] = NAMES) -> ListedCaptions:
    return read_caption_lists(folder, lists, names)


def lines(*entries: object) -> str:
    return "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)


@pytest.mark.parametrize(
    "name", ["metadata.jsonl", "metadata.csv", "Metadata.CSV", "metadata.json", "meta_cap.json", "meta_lat.json"]
)
def test_lists_are_known_by_their_names(name: str) -> None:
    assert is_caption_list(name)


@pytest.mark.parametrize("name", ["package.json", "metadata.parquet", "metal.json", "xmetadata.jsonl", "metadata.txt"])
def test_other_files_are_not_read(name: str) -> None:
    assert not is_caption_list(name)


def test_json_lines_of_an_image_folder(folder: Path) -> None:
    text = lines(
        {"file_name": "1.png", "text": "a red fox"},
        {"file_name": "sub/1.png", "caption": ["fox", "snow"]},
        {"file_name": "图 三.webp", "prompt": "狐狸", "tags": ["雪", "冬"]},
        {"file_name": "../1.png", "text": "not below"},
    )
    (folder / "metadata.jsonl").write_text(text, encoding="utf-8")
    found = read(folder, "metadata.jsonl")
    assert found.captions["sub/1.png"] == "fox, snow"
    assert found.captions["图 三.webp"] == "狐狸, 雪, 冬"
    assert found.captions["1.png"] == "a red fox"
    assert found.problems == ()


def test_a_list_in_a_subfolder_speaks_of_that_folder(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "metadata.jsonl").write_text(lines({"file_name": "1.png", "text": "below"}), encoding="utf-8")
    assert read(folder, "sub/metadata.jsonl").captions == {"sub/1.png": "below"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_tables_of_every_separator_and_encoding(folder: Path, separator: str, encoding: str) -> None:
    rows = [["file_name", "text"], ["1.png", '"狐狸, 雪; 红色的"'], ["2.jpg", "两只狐狸在雪地里"], ["", ""]]
    text = "\r\n".join(separator.join(row) for row in rows)
    (folder / "metadata.csv").write_bytes(text.encode(encoding))
    assert read(folder, "metadata.csv").captions == {"1.png": "狐狸, 雪; 红色的", "2.jpg": "两只狐狸在雪地里"}


def test_kohya_joins_caption_and_tags_and_names_pictures_by_path_or_stem(folder: Path) -> None:
    content = {
        "1": {"tags": "solo, smile", "train_resolution": [512, 512]},
        str(folder / "2.jpg"): {"caption": "two foxes", "tags": "snow"},
        "D:\\old place\\图 三.webp": {"caption": "moved"},
        "/elsewhere/deep/9": {"caption": "deep"},
        "gone.png": {"caption": "no such picture"},
    }
    (folder / "meta_lat.json").write_text(json.dumps(content), encoding="utf-8")
    found = read(folder, "meta_lat.json")
    assert found.captions == {
        "1.png": "solo, smile",
        "2.jpg": "two foxes, snow",
        "图 三.webp": "moved",
        "sub/deep/9.png": "deep",
    }


def test_a_name_in_several_folders_is_not_guessed(folder: Path) -> None:
    (folder / "meta.json").write_text(json.dumps({"/old/1.png": {"caption": "which?"}}), encoding="utf-8")
    assert read(folder, "meta.json").captions == {}


def test_odd_rows_are_counted_and_the_others_read(folder: Path) -> None:
    text = "\n".join(
        [
            "{not json",
            lines({"file_name": "1.png"}, {"text": "no name"}, [1, 2], {"file_name": "2.jpg", "text": ""}),
            "[" * 100_000,
            lines({"file_name": "图 三.webp", "text": "good"}),
        ]
    )
    (folder / "metadata.jsonl").write_text(text, encoding="utf-8")
    found = read(folder, "metadata.jsonl")
    assert found.captions == {"2.jpg": "", "图 三.webp": "good"}
    assert [problem.code for problem in found.problems] == ["caption_list_odd"]
    assert found.problems[0].params == {"path": "metadata.jsonl", "count": 5}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.csv", b"width,height\n1,2\n"),
        ("metadata.csv", b""),
        ("meta.json", b"[1, 2]"),
        ("meta.json", b"{"),
        ("meta.json", b"[" * 100_000),
        ("metadata.jsonl", b"\x00\x01\x00\x00\x02"),
        ("metadata.csv", b'file_name,text\n1.png,"' + b"x" * 200_000 + b'"'),
    ],
)
def test_what_is_no_list_is_a_problem(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    found = read(folder, name)
    assert found.captions == {}
    assert [problem.code for problem in found.problems] == ["caption_list_unreadable"]


def test_a_huge_list_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caption_lists, "MAX_LIST_BYTES", 100)
    (folder / "metadata.jsonl").write_text(lines({"file_name": "1.png", "text": "x" * 200}), encoding="utf-8")
    found = read(folder, "metadata.jsonl")
    assert found.captions == {}
    assert found.problems[0].code == "caption_list_unreadable"


def test_the_later_list_counts_and_a_missing_one_is_told(folder: Path) -> None:
    (folder / "meta_cap.json").write_text(json.dumps({"1": {"caption": "first"}}), encoding="utf-8")
    (folder / "meta_lat.json").write_text(json.dumps({"1": {"caption": "second"}}), encoding="utf-8")
    found = read(folder, "meta_cap.json", "meta_lat.json", "metadata.csv")
    assert found.captions == {"1.png": "second"}
    assert found.problems[0].params["path"] == "metadata.csv"


def test_a_folder_with_a_list_is_captioned_by_it_where_there_is_no_file(folder: Path) -> None:
    pictures.plain(folder / "1.png", caption="from its own file")
    pictures.plain(folder / "2.jpg")
    pictures.plain(folder / "3.png")
    text = lines({"file_name": "1.png", "text": "listed 1"}, {"file_name": "2.jpg", "text": "listed 2"})
    (folder / "metadata.jsonl").write_text(text, encoding="utf-8")
    listing = list_pictures(folder)
    assert listing.listed == {"1.png": "listed 1", "2.jpg": "listed 2"}
    wanted = caption_wishes(folder, listing)
    texts = {found.name: found.caption.text for found in read_details(wanted) if found.caption is not None}
    assert texts == {"1.png": "from its own file", "2.jpg": "listed 2", "3.png": ""}


def caption_wishes(folder: Path, listing):  # type: ignore[no-untyped-def]
    from loraferry.library.details import Wanted
    from loraferry.library.sharing import caption_files

    files = caption_files(listing.names, listing.captions)
    return [
        Wanted(
            name,
            str(folder / name),
            str(folder / found) if (found := files.found(name)) is not None else None,
            listed=listing.listed.get(name, ""),
        )
        for name in listing.names
    ]
