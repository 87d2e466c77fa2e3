import re
from datetime import date
from pathlib import Path, PurePosixPath

import pytest

from loraferry.remote.address import Address, parse_address
from loraferry.remote.hosts import Host
from loraferry.remote.vendors import (
    GENERIC,
    Vendor,
    detect,
    setup_of,
    stop_of,
    vendor_for,
    vendor_of,
    vendors,
    work_of,
)
from loraferry_agent import probe
from loraferry_core.host import Disk, HostFacts
from loraferry_resources import vendors_path

ALL = [vendor.id for vendor in vendors()]
BARE = HostFacts(
    hostname="box", system="Linux", machine="x86_64", user="root", home="/root/.loraferry", boot_id="", cpus=1,
    memory_mb=1,
)  # fmt: skip
FACTS = {
    "runpod": BARE.replace(
        hostname="b7f2c1d04e11",
        markers=("env:RUNPOD_POD_ID", "path:/etc/rp_environment", "path:/workspace", "cmd:runpodctl"),
        disks=(Disk(path="/", total_mb=20_000, free_mb=9_000), Disk(path="/workspace", total_mb=99_000, free_mb=9_000)),
    ),
    "vast": BARE.replace(
        hostname="C.1234567", markers=("env:CONTAINER_API_KEY", "env:VAST_CONTAINERLABEL", "path:/workspace")
    ),
    "autodl": BARE.replace(
        hostname="autodl-container-8f1a4e9b2c-5d6e7f80",
        markers=("path:/etc/network_turbo", "path:/root/autodl-tmp", "path:/root/autodl-pub"),
        disks=(
            Disk(path="/", total_mb=30_000, free_mb=9_000),
            Disk(path="/root/autodl-tmp", total_mb=50_000, free_mb=5),
        ),
    ),
    "lambda": BARE.replace(
        hostname="150-136-1-1",
        user="ubuntu",
        markers=("path:/lambda/nfs",),
        disks=(Disk(path="/", total_mb=500_000, free_mb=9_000), Disk(path="/lambda/nfs/mine", total_mb=1, free_mb=1)),
    ),
    "gpushare": BARE.replace(markers=("path:/hy-tmp",)),
    GENERIC: BARE.replace(markers=("path:/workspace", "path:/etc/environment")),
}
WORK = {
    "runpod": "/workspace/loraferry",
    "vast": "/workspace/loraferry",
    "autodl": "/root/autodl-tmp/loraferry",
    "lambda": "/lambda/nfs/mine/loraferry",
    "gpushare": "/hy-tmp/loraferry",
    GENERIC: "",
}


@pytest.mark.parametrize("file", sorted(vendors_path().glob("*.json")), ids=lambda path: path.stem)
def test_each_file_is_a_profile(file: Path) -> None:
    vendor = Vendor.model_validate_json(file.read_bytes())
    assert vendor.id == file.stem
    for place in (vendor.work, vendor.caches, *vendor.environment_files, *vendor.stop.keeps):
        assert not place or PurePosixPath(place).is_absolute()
    for text in (vendor.check_key, vendor.stop_keeps, vendor.stop_costs, vendor.deadline_note):
        assert not text or text.endswith((".", ".pub"))
    assert not vendor.console or vendor.console.startswith("https://")
    assert all(re.fullmatch(r"(env|path|cmd|host):\S+", marker) for marker in vendor.markers)
    assert re.compile(vendor.stop.answer)
    assert not vendor.stop.answer or vendor.stop.possible
    variables = [variable for argument in vendor.stop.command for variable in re.findall(r"\$\S*", argument)]
    assert all(re.fullmatch(r"\$[A-Z_]+", variable) for variable in variables)
    assert not {"destroy", "delete", "remove", "terminate", "rm"} & set(vendor.stop.command)
    for price in vendor.prices:
        assert date.fromisoformat(price.date) <= date(2100, 1, 1)


def test_the_last_is_for_all_other_machines_and_never_stops_one() -> None:
    assert ALL[-1] == GENERIC
    assert sorted(ALL) == sorted(FACTS)
    assert not vendor_of(GENERIC).stop.possible
    assert vendor_of("nobody").id == GENERIC


def test_the_probe_looks_for_every_marker() -> None:
    looked_for = {
        *(f"env:{name}" for name in probe.MARKER_VARIABLES),
        *(f"path:{path}" for path in probe.MARKER_PATHS),
        *(f"cmd:{name}" for name in probe.MARKER_COMMANDS),
    }
    for vendor in vendors():
        wanted = {marker for marker in vendor.markers if not marker.startswith("host:")}
        assert wanted <= looked_for, vendor.id
        assert not vendor.work or "*" in vendor.work or f"path:{PurePosixPath(vendor.work).parent}" in looked_for


@pytest.mark.parametrize("vendor", ALL)
def test_what_was_found_tells_the_vendor(vendor: str) -> None:
    assert detect(Address(host="1.2.3.4"), FACTS[vendor]).id == vendor
    assert detect(None, FACTS[vendor]).id == vendor
    assert work_of(vendor_of(vendor), Host(id="h", label="h"), FACTS[vendor]) == WORK[vendor]


@pytest.mark.parametrize(
    ("text", "vendor"),
    [
        ("ssh -p 38076 root@region-1.autodl.com", "autodl"),
        ("ssh -p 40000 root@connect.westb.SEETACLOUD.com", "autodl"),
        ("ssh://root@ssh5.vast.ai:33426", "vast"),
        ("ssh root@213.173.108.12 -p 17445", GENERIC),
        ("root@i-1.gpushare.com:5", "gpushare"),
        ("root@notautodl.com", GENERIC),
    ],
)
def test_an_address_alone_tells_some(text: str, vendor: str) -> None:
    assert detect(parse_address(text), None).id == vendor
    assert detect(parse_address(text), BARE).id == vendor
    assert detect(None, None).id == GENERIC


def test_what_was_found_counts_more_than_an_address() -> None:
    assert detect(Address(host="ssh5.vast.ai"), FACTS["runpod"]).id == "runpod"


def test_what_the_user_changed_wins() -> None:
    host = Host(
        id="h", label="h", vendor="vast", work="/w", caches="/c", environment={"HF_ENDPOINT": "https://x", "A": "1"},
        price_per_hour=0.5, currency="EUR",
    )  # fmt: skip
    assert vendor_for(host, FACTS["autodl"]).id == "vast"
    assert vendor_for(host.replace(vendor=""), FACTS["autodl"]).id == "autodl"
    autodl = vendor_of("autodl")
    setup = setup_of(autodl, host)
    assert (setup.vendor, setup.caches, setup.environment_files) == ("autodl", "/c", ("/etc/network_turbo",))
    assert setup.environment == {**autodl.environment, "HF_ENDPOINT": "https://x", "A": "1"}
    assert setup_of(autodl, Host(id="h", label="h")).caches == autodl.caches
    assert work_of(autodl, host, FACTS["autodl"]) == "/w"


def test_a_durable_folder_that_is_not_there_is_not_used() -> None:
    runpod, nobody = vendor_of("runpod"), Host(id="h", label="h")
    assert work_of(runpod, nobody, BARE) == ""
    read_only = BARE.replace(disks=(Disk(path="/workspace", total_mb=5, free_mb=5, writable=False),))
    assert work_of(runpod, nobody, read_only) == ""


def test_only_a_mounted_disk_is_believed_to_stay() -> None:
    runpod = vendor_of("runpod")
    assert stop_of(runpod, FACTS["runpod"]) == runpod.stop
    without_volume = FACTS["runpod"].replace(disks=(Disk(path="/", total_mb=20_000, free_mb=9_000),))
    assert stop_of(runpod, without_volume) == runpod.stop.replace(keeps=())
    assert stop_of(runpod, None).keeps == ()
    assert stop_of(vendor_of("autodl"), FACTS["autodl"]).keeps == ("/",)
    assert stop_of(vendor_of("lambda"), FACTS["lambda"]).keeps == ("/lambda/nfs",)
    assert stop_of(vendor_of("lambda"), BARE).keeps == ()


def test_the_vendors_answer_is_recognised() -> None:
    runpod, vast = (re.compile(vendor_of(name).stop.answer) for name in ("runpod", "vast"))
    assert runpod.search('pod "8y5rumuyb50m78" stopped\n')
    assert runpod.search('{\n  "id": "x",\n  "desiredStatus": "EXITED"\n}')
    assert not runpod.search('pod "8y5rumuyb50m78" stop failed; status is RUNNING')
    assert not runpod.search('{"desiredStatus": "RUNNING"}')
    assert vast.search("stopping instance 1234567.")
    assert not vast.search("failed with error 401")
