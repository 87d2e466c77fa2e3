import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry.remote.address import Address, parse_address
from loraferry_core.problems import ProblemError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "ssh -p 17445 root@1.2.3.4 -i ~/.ssh/id_ed25519",
            Address(host="1.2.3.4", port=17445, user="root", key_path="~/.ssh/id_ed25519"),
        ),
        (
            "ssh root@213.173.108.12 -p 17445 -i k",
            Address(host="213.173.108.12", port=17445, user="root", key_path="k"),
        ),
        (
            "ssh -p 20544 root@142.214.185.187 -L 8080:localhost:8080",
            Address(host="142.214.185.187", port=20544, user="root"),
        ),
        ("ssh://root@ssh5.vast.ai:33426", Address(host="ssh5.vast.ai", port=33426, user="root")),
        ("ssh://root@ssh5.vast.ai:33426/", Address(host="ssh5.vast.ai", port=33426, user="root")),
        ("213.173.109.39:13007 -> :22", Address(host="213.173.109.39", port=13007, user="root")),
        ("213.173.109.39:13007 -> 22/tcp", Address(host="213.173.109.39", port=13007, user="root")),
        ("user@host:2222", Address(host="host", port=2222, user="user")),
        ("gpu-box", Address(host="gpu-box")),
        ("  $ ssh gpu-box  ", Address(host="gpu-box")),
        (
            "ssh -p 40000 root@connect.westb.seetacloud.com",
            Address(host="connect.westb.seetacloud.com", port=40000, user="root"),
        ),
        ("ssh -p40000 -lroot h", Address(host="h", port=40000, user="root")),
        ("ssh -NTp 4 h", Address(host="h", port=4)),
        ("ssh -o Port=5 -o 'User ann' -oIdentityFile=k h", Address(host="h", port=5, user="ann", key_path="k")),
        ("ssh -o StrictHostKeyChecking=no h uptime", Address(host="h")),
        ("ssh -J bastion h", Address(host="h", jump="bastion")),
        ("root@h -p 7", Address(host="h", port=7, user="root")),
        (
            'ssh -i "C:\\Users\\An Na\\.ssh\\key" root@h',
            Address(host="h", user="root", key_path="C:\\Users\\An Na\\.ssh\\key"),
        ),
        (r"C:\Windows\System32\OpenSSH\ssh.exe root@h", Address(host="h", user="root")),
        ("root@[2001:db8::1]:2200", Address(host="2001:db8::1", port=2200, user="root")),
        ("2001:db8::1", Address(host="2001:db8::1")),
        ("ssh -p 1 -p 2 h", Address(host="h", port=1)),
    ],
)
def test_understands_what_vendors_show(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "ssh", "ssh -p 22", "ssh -p h", "ssh -p 70000 h", "hello world", "h:", "h:x", "@h", "a b@h", "h..x",
        "-oProxyCommand=evil", "ssh -- -oProxyCommand=evil", "ssh -l -x h", "root@-h", "http://h/x", "ssh 'h", "h\nx",
        "1.2.3.4:33526 -> 8081/tcp", "h;rm", "$(x)", "ssh -J -x h", "[::1", "gg::zz",
    ],
)  # fmt: skip
def test_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_address(text)
    assert caught.value.problem.code == "address_invalid"


def test_explains_the_proxy_that_carries_only_a_terminal() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_address("ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io -i ~/.ssh/id_ed25519")
    assert caught.value.problem.code == "address_proxied"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_problem(text: str) -> None:
    try:
        address = parse_address(text)
    except ProblemError:
        return
    assert not address.host.startswith("-")
    assert not address.user.startswith("-")


@pytest.mark.parametrize("text", ["root@h:22", "h", "root@[::1]:22", "u@h"])
def test_prints_as_it_is_pasted(text: str) -> None:
    assert str(parse_address(text)) == text
