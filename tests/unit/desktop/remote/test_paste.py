import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry.remote.address import Address
from loraferry.remote.paste import parse_paste
from loraferry.texts.problems import render
from loraferry_core.problems import ProblemError

AUTODL = Address(host="region-1.autodl.com", port=38076, user="root")
RUNPOD = Address(host="213.173.108.12", port=17445, user="root", key_path="~/.ssh/id_ed25519")


@pytest.mark.parametrize(
    "text",
    [
        "ssh -p 38076 root@region-1.autodl.com\nxK3/6v+Jq",
        "  ssh -p 38076 root@region-1.autodl.com  \r\n\r\n  xK3/6v+Jq \r\n",
        "登录指令：ssh -p 38076 root@region-1.autodl.com\n密码：xK3/6v+Jq",
        "登录指令: ssh -p 38076 root@region-1.autodl.com\n密码: xK3/6v+Jq",
        "登录指令\nssh -p 38076 root@region-1.autodl.com\n密码\nxK3/6v+Jq",
        "登陆指令：\u3000ssh\u3000-p\u300038076\u3000root＠region-1.autodl.com　密码：xK3/6v+Jq",
        "$ ssh -p 38076 root@region-1.autodl.com\nPassword: xK3/6v+Jq",
        "SSH: ssh -p 38076 root@region-1.autodl.com\npassword xK3/6v+Jq",
        "密码: xK3/6v+Jq\nssh -p 38076 root@region-1.autodl.com",
        "sshpass -p 'xK3/6v+Jq' ssh -p 38076 root@region-1.autodl.com",
        'sshpass -p "xK3/6v+Jq" ssh root@region-1.autodl.com -p 38076',
        "主机: region-1.autodl.com\n端口：38076\n用户名：root\n密码：xK3/6v+Jq",
        "Public IP: region-1.autodl.com\nSSH Port: 38076\nUsername: root\nSSH Password: xK3/6v+Jq",
        "Host=region-1.autodl.com\nPort=38076\nUser=root\nPassword=xK3/6v+Jq",
        "Host: region-1.autodl.com\nPort: 38076\nUser: root\nPassword: xK3/6v+Jq",
        "root@region-1.autodl.com:38076\nxK3/6v+Jq",
        "ssh \\\n -p 38076 \\\n root@region-1.autodl.com\nxK3/6v+Jq",
        "登录指令\tssh -p 38076 root@region-1.autodl.com\r\n密码\txK3/6v+Jq\r\n",
        "登录指令：ssh -p 38076 root@region-1.autodl.com；密码：xK3/6v+Jq",
        "登录指令：ssh -p 38076 root@region-1.autodl.com，密码：xK3/6v+Jq",
    ],
)
def test_the_password_that_stands_apart_comes_along(text: str) -> None:
    pasted = parse_paste(text)
    assert pasted.address == AUTODL
    assert pasted.password == "xK3/6v+Jq"
    assert "xK3" not in repr(pasted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssh://root:s3cret@ssh5.vast.ai:33426", Address(host="ssh5.vast.ai", port=33426, user="root")),
        ("ssh://root:p@s3@ssh5.vast.ai:33426", Address(host="ssh5.vast.ai", port=33426, user="root")),
    ],
)
def test_a_password_in_a_url(text: str, expected: Address) -> None:
    pasted = parse_paste(text)
    assert pasted.address == expected
    assert pasted.password in ("s3cret", "p@s3")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RunPod: its page has both commands; only the second carries data
        (
            "SSH\nssh 8y5rumuyb50m78-6441103b@ssh.runpod.io -i ~/.ssh/id_ed25519\n"
            "SSH over exposed TCP (Supports SCP & SFTP)\nssh root@213.173.108.12 -p 17445 -i ~/.ssh/id_ed25519\n",
            RUNPOD,
        ),
        ("ssh root@213.173.108.12 -p 17445 -i ~/.ssh/id_ed25519", RUNPOD),
        ("213.173.109.39:13007 -> :22", Address(host="213.173.109.39", port=13007, user="root")),
        ("213.173.109.39:13007 → :22", Address(host="213.173.109.39", port=13007, user="root")),
        (
            "Direct TCP Ports\n213.173.109.39:13006 -> :8888\n213.173.109.39:13007 -> :22",
            Address(host="213.173.109.39", port=13007, user="root"),
        ),
        # Vast.ai
        (
            "Direct ssh connect:\nssh -p 20544 root@142.214.185.187 -L 8080:localhost:8080\n"
            "Proxy ssh connect:\nssh -p 33426 root@ssh5.vast.ai -L 8080:localhost:8080",
            Address(host="142.214.185.187", port=20544, user="root"),
        ),
        ("ssh://root@ssh5.vast.ai:33426", Address(host="ssh5.vast.ai", port=33426, user="root")),
        (
            "Open Ports\n65.130.162.74:33526 -> 8081/tcp\n65.130.162.74:33525 -> 22/tcp",
            Address(host="65.130.162.74", port=33525, user="root"),
        ),
        # Lambda
        ("ssh ubuntu@1.2.3.4", Address(host="1.2.3.4", user="ubuntu")),
        # the ssh settings
        (
            "Host box\n  HostName 1.2.3.4\n  User ann\n  Port 2200\n  IdentityFile ~/.ssh/k\n  ProxyJump b@bastion:9",
            Address(host="1.2.3.4", port=2200, user="ann", key_path="~/.ssh/k", jump="b@bastion:9"),
        ),
        ("box", Address(host="box")),
        ("SSH keys\nssh root@h", Address(host="h", user="root")),
        ("ssh -J a,b@c:2 box", Address(host="box", jump="a,b@c:2")),
        # signs of web pages and chats
        ("ssh -p 22 root@“h”", Address(host="h", port=22, user="root")),
        ("$ssh root@h", Address(host="h", user="root")),
        ("root@me:~# ssh root@h", Address(host="h", user="root")),
        ("`ssh -p 5 root@h`", Address(host="h", port=5, user="root")),
        ("```\nssh -p 5 root@h\n```", Address(host="h", port=5, user="root")),
        ("ssh –p 5 root@h\u200b", Address(host="h", port=5, user="root")),
        ("ssh -p 2222 root@[2001:db8::1]", Address(host="2001:db8::1", port=2222, user="root")),
        ("SSH：ssh -p 5 root@h", Address(host="h", port=5, user="root")),
        # what stands around a command
        ("PS C:\\Users\\An Na> ssh -p 5 root@h", Address(host="h", port=5, user="root")),
        ("C:\\Users\\ann>ssh -p 5 root@h", Address(host="h", port=5, user="root")),
        ("(base) ann@mac ~ % ssh -p 5 root@h", Address(host="h", port=5, user="root")),
        ("➜  ~ ssh -p 5 root@h", Address(host="h", port=5, user="root")),
        ("Connect with: ssh -p 5 root@h", Address(host="h", port=5, user="root")),
        ("Run `ssh -p 5 root@h` to connect.", Address(host="h", port=5, user="root")),
        ('"ssh -p 5 root@h -i k"', Address(host="h", port=5, user="root", key_path="k")),
        ("ssh root@h; exit", Address(host="h", user="root")),
        ("SSH://root@h:5", Address(host="h", port=5, user="root")),
        ("TCP port 1.2.3.4:5 => :22 (tcp)", Address(host="1.2.3.4", port=5, user="root")),
        ("ssh -p 5 root@h\n密码\n••••••", Address(host="h", port=5, user="root")),
    ],
)
def test_what_vendors_show(text: str, expected: Address) -> None:
    pasted = parse_paste(text)
    assert (pasted.address, pasted.password) == (expected, "")


def test_only_a_proxied_address_is_explained() -> None:
    with pytest.raises(ProblemError) as caught:
        parse_paste("SSH\nssh 8y5rumuyb50m78-6441103b@ssh.runpod.io -i ~/.ssh/id_ed25519\nWeb terminal\n")
    assert caught.value.problem.code == "address_proxied"
    words = render(caught.value.problem)
    assert "SSH over exposed TCP" in words.next_step


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "hello there\nhunter2",
        "hunter2\nhunter3",
        "h\nhunter2",
        "密码：hunter2",
        "ssh -p x root@h\nPassword: hunter2",
        "ssh -p x root@h\nhunter2",
        "sshpass -p hunter2 ssh -p",
        "ssh://root:hunter2@h:99999",
        "no command here, password: hunter2",
        "Port: 5\nPassword: hunter2",
        "ssh -p x root@h；密码：hunter2",
        "scp -P 5 a root@h:/workspace",
        "sftp -P 5 root@h",
    ],
)
def test_a_problem_never_holds_the_password(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_paste(text)
    assert caught.value.problem.code == "address_invalid"
    assert "hunter" not in str(caught.value.problem)


@given(st.text(max_size=80), st.sampled_from(["", "\n", " 密码：", "\nPassword: "]), st.text(max_size=20))
def test_any_text_is_an_address_or_a_problem(before: str, between: str, after: str) -> None:
    try:
        address = parse_paste(before + between + after).address
    except ProblemError:
        return
    assert not address.host.startswith("-")
    assert not address.user.startswith("-")
    assert not address.jump.startswith("-")
