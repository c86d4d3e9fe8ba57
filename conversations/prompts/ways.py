"""What is said when the person moves about in a form, leaves it and comes back."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.prompts.text import listed

# ---- leaving and coming back ----


def left(title: str, place: int, lacking: int, deadline: str) -> str:
    """The form is kept; how to come back, and until when."""
    if place:
        where = f"填到第 {place} 题"
    else:
        where = f"还差 {lacking} 题" if lacking else "都填好了，还没提交"
    ending = f"\n{deadline}" if deadline else ""
    return (
        f"好，《{title}》{where}，都存着。想接着填，任何时候发“继续”。{ending}".rstrip()
    )


def kept_other(title: str) -> str:
    """Another form was open when this one began."""
    return f"《{title}》先放着，都存好了，回“继续”可以换回去。"


def back_in(title: str) -> str:
    """The person is in a form again."""
    return f"接着填《{title}》。"


def hint(titles: Sequence[str]) -> str:
    """Forms that wait for the person."""
    if len(titles) == 1:
        return f"《{titles[0]}》还没填完，回“继续”接着填。"
    return f"还有 {len(titles)} 份表没填完，回“继续”选一份接着填。"


NOTHING_OPEN = "现在没有要接着填的表。想报名请回“报名”，看能做什么请回“菜单”。"
NOTHING_TO_CANCEL = "现在没有在填的表，没什么要取消的。"
WHICH_FORM = "接着填哪一份？"
VERSION_GONE = "这份表的版式暂时读不出来，填的内容都在。请联系{contact}。"


def draft_line(title: str, about: str, place: int, of: int) -> str:
    """An open form in a list."""
    where = f"第 {place}/{of} 题" if place else "待提交"
    return f"《{title}》{about}（{where}）" if about else f"《{title}》（{where}）"


# ---- giving up ----


def cancel(title: str, done: int) -> str:
    """Asked before anything is thrown away."""
    if not done:
        return f"要放弃《{title}》吗？还没填内容。"
    return f"要放弃《{title}》吗？已填的 {done} 题会删掉，找不回来。"


KEEP = "不放弃，接着填"
GIVE_UP = "放弃，删掉"
KEEP_WORDS = ("不放弃", "接着填", "保留")
GIVE_UP_WORDS = ("放弃", "删掉", "删除")


def given_up(title: str) -> str:
    """The draft is gone."""
    return f"《{title}》已放弃，填过的内容删掉了。"


# ---- moving ----

AT_START = "这已经是第一题了。"
CHANGE_HOW = "要改哪一题？回“修改”加题号，比如“修改 3”；题号见“预览”。"


def no_such_place(place: int, of: int) -> str:
    """修改 N beyond the form."""
    return f"没有第 {place} 题，题号是 1 到 {of}。回“预览”可以看每题的题号。"


def cannot_skip(name: str, contact: str) -> str:
    """The field can neither be empty nor wait."""
    return f"{name}是必填的，跳过就交不了表。一时没有的话，回“退出”先存着；需要帮忙请联系{contact}。"


def skipped(name: str) -> str:
    """An optional field is left empty."""
    return f"好，{name}填“无”。"


def put_off(name: str) -> str:
    """A field is asked again at the end."""
    return f"好，{name}先放一放，最后再问您。"


KEPT = "好，不改。"
NOT_IN_FORM = (
    "现在没有在填的表，这个词用不上。回“继续”接着填没填完的，回“菜单”看能做什么。"
)
OLD_TAP = "刚点的是前面的一题，已经过去了。要改，回“修改”加题号。现在这题是："
OLD_TAP_NO_QUESTION = "刚点的那一题已经过去了。回“菜单”看能做什么。"


def out_of_range(last: int) -> str:
    """A number that no choice has."""
    return f"请回 1 到 {last} 之间的数字。" if last > 1 else "要选就回 1。"


# ---- handing in ----


def still_missing(places: Sequence[tuple[int, str]]) -> str:
    """What keeps the form from being handed in."""
    rows = listed(f"第 {place} 题 {name}" for place, name in places[:6])
    more = "等" if len(places) > 6 else ""
    return f"还差 {len(places)} 项：{rows}{more}。"


def skipped_again(places: Sequence[tuple[int, str]], contact: str) -> str:
    """The put-off fields were put off once more, and nothing else is left."""
    return (
        f"{still_missing(places)}补齐才能提交，都存着不急：想补时回“修改”加题号。"
        f"实在没有，请联系{contact}。"
    )


PHOTO_BEING_CHECKED = "照片还在检查，一般不到一分钟，好了马上告诉您。"
PHOTO_TAKEN = "照片收到，正在检查。我们接着来。"
PHOTO_FINE = "照片可以用。"
PHOTO_FINE_CONTINUE = "照片可以用，申请表都齐了。回“继续”就可以交。"
PHOTO_NOT_WANTED = "这张图先没有用上，这里不需要图片。"
PHOTO_ALREADY = "已经有一张照片了。要换，请先回“修改”加照片的题号，再发新的。"
PHOTO_OUTSIDE = "图片收到了，不过现在没有要交照片的表。回“菜单”看能做什么。"
PHOTO_WAITS_FOR_CONSENT = "照片要先征得您同意才能收。"
"""Said before the consent that a photo needs; the photo is held meanwhile."""
