"""What is said about certificates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day, listed

ISSUE = ("发放", "核发", "发证", "发")


REVOKE = ("撤销", "作废", "吊销")


def mine(name: str, number: str, url: str) -> str:
    """A teacher's certificate; the file follows."""
    return (
        f"{name}培训合格证书，编号 {number}。PDF 马上发来；"
        f"别人扫证书上的码，或打开这个网页，就能核验：\n{url}"
    )


def mine_revoked(name: str, number: str, when: date, reason: str) -> str:
    """A certificate that is no longer good."""
    return f"{name}的证书（{number}）已于 {day(when)}撤销，理由：{reason}。有疑问请联系培训机构。"


def which_of_mine() -> str:
    """Which of several certificates."""
    return "您要哪一张证书？"


def line_of_mine(title: str, number: str, *, valid: bool) -> str:
    """One certificate in a list."""
    return f"{title} {number}" + ("" if valid else "（已撤销）")


def none_yet(reasons: Sequence[str]) -> str:
    """A teacher without a certificate, and why."""
    if not reasons:
        return (
            "您还没有证书。两项考核都合格、交了结束评估表后，培训机构发证，到时通知您。"
        )
    return "您还没有证书：\n" + "\n".join(reasons)


def not_issued(name: str) -> str:
    """Everything is there but the base's deed."""
    return f"{name}：您的考核和评估都齐了，等培训机构发证，发了就通知您。"


def why_not(name: str, why: str) -> str:
    """One class without a certificate."""
    return f"{name}：{why}"


def which_class() -> str:
    """Which class's certificates."""
    return "看哪个班的证书？"


def no_class() -> str:
    """No class is far enough for certificates."""
    return "现在没有到发证这一步的班。"


def of_class(
    name: str,
    *,
    issued: int,
    ready: int,
    held: Sequence[tuple[str, Sequence[str]]],
    wrong: Sequence[str],
) -> str:
    """Where the certificates of a class stand.

    ``held`` are reasons with the people they hold up, ``wrong`` those who hold
    one and no longer pass.
    """
    lines = [f"{name}：已发证 {issued} 人，可以发证 {ready} 人。"]
    lines += [f"暂不发（{why}）{len(who)} 人：{listed(who)}" for why, who in held]
    if wrong:
        lines.append(f"成绩更正后不再合格，请撤销证书：{listed(wrong)}")
    return "\n".join(lines)


def pupil(number: int, name: str) -> str:
    """A teacher by the number in class."""
    return f"{number}号{name}"


def holder(serial: int, name: str) -> str:
    """A holder by the serial of the certificate."""
    return f"证书 {serial} {name}"


def issue(count: int) -> str:
    """The choice to issue."""
    return f"发放 {count} 张证书"


def register(code: str) -> str:
    """The choice to see the register."""
    return f"{code} 证书清单"


REGISTER = "清单"


REGISTER_HEADER = ("序号", "证书编号", "姓名", "状态", "发证日期", "说明")


STATES = {"valid": "有效", "revoked": "已撤销"}


def register_title(title: str, code: str) -> str:
    """What the register's file and picture are called."""
    return f"{title} {code} 证书清单"


def registered(name: str, count: int, revoked: int) -> str:
    """The head of the register."""
    gone = f"，其中已撤销 {revoked} 张" if revoked else ""
    return f"{name}共发证 {count} 张{gone}。"


def line(serial: int, number: str, name: str, state: str) -> str:
    """One line of the register."""
    return f"{serial}. {name} {number} {STATES[state]}"


def none_issued(name: str) -> str:
    """The register is empty."""
    return f"{name}还没有发证。"


def issued(name: str, count: int, *, left: int) -> str:
    """After issuing."""
    rest = f"还有 {left} 人暂不发，条件齐了再发“证书”。" if left else "这一步办结了。"
    return f"{name}发了 {count} 张证书，PDF 正在发给各位老师。{rest}"


def nothing_to_issue() -> Refusal:
    """Nobody to issue one to."""
    return Refusal(
        reason="现在没有可以发证的老师",
        clause="规程第十二条（三）",
        advice="发“证书”加班级编号，看看还差什么。",
    )


def told(name: str, number: str, url: str) -> str:
    """To a teacher: the certificate is there."""
    return f"恭喜，{name}的培训合格证书发下来了，编号 {number}，PDF 随后发来。核验网页：\n{url}"


def which_to_revoke(code: str) -> Refusal:
    """Revoking without saying which, or why."""
    return Refusal(
        reason="撤销证书要写明是哪一张和理由",
        advice=f"请这样发：证书 {code} 撤销 5 理由。5 是证书清单里的序号。",
    )


def not_valid(serial: int) -> Refusal:
    """No such certificate, or it is revoked already."""
    return Refusal(
        reason=f"序号 {serial} 没有有效的证书", advice="发“证书”加班级编号看清单。"
    )


def confirm_revoke(name: str, serial: int, who: str, number: str, why: str) -> str:
    """Before a certificate is revoked."""
    return (
        f"撤销{name}序号 {serial} {who}的证书 {number}，理由：{why}。"
        "撤销后核验网页会显示“已撤销”，不能恢复，只能重新发证。确认吗？"
    )


def revoked(number: str, *, transcript: str) -> str:
    """After a revocation; ``transcript`` is the class code when one was sent."""
    again = (
        f"成绩单里有这个编号，请回“成绩单 {transcript}”重新报送。" if transcript else ""
    )
    return f"证书 {number} 已撤销，已告诉本人。{again}"


def revoked_told(name: str, number: str, reason: str) -> str:
    """To a teacher: the certificate is no longer good."""
    return f"{name}的培训合格证书（{number}）被撤销，理由：{reason}。有疑问请联系培训机构。"


def file_name(title: str, number: str) -> str:
    """What the PDF is called."""
    return f"{title}合格证书-{number}.pdf"
