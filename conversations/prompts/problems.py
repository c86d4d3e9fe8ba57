"""What was wrong with an answer, and what a right one looks like."""

from __future__ import annotations

from conversations.forms.schema import Field
from conversations.prompts.values import said
from conversations.understanding import Read

WORDS: dict[str, str] = {
    "empty": "这条没有文字。{name}请直接写出来。",
    "not_asked": "{name}不用填。",
    "ambiguous": "这句有几种读法，请写得再明白些。",
    "too_short": "{name}写了 {length} 个字，至少要 {least} 个字，请写全。",
    "too_long": "这一格最多 {most} 字，您写了 {length} 字，请缩短一些。",
    "name_characters": "姓名里有数字或符号，请只写身份证上的姓名。",
    "name_institution": "这像是单位名称，这里先写您本人的姓名。",
    "name_length": "这不像一个姓名，请写身份证上的全名。",
    "number_unreadable": "没看出是几，请回一个数字。",
    "number_fraction": "这里要整数，请回一个整数。",
    "number_range": "这里要 {least} 到 {most} 之间的数。",
    "date_unreadable": "没看出是哪一天，请写成年月日。",
    "date_incomplete": "只看到 {found}，还差哪一日，请写全年月日。",
    "date_impossible": "日历上没有这一天，请核对一下。",
    "id_fifteen": "这是 15 位的老号码，表上要现在用的 18 位。",
    "id_length": "收到 {length} 位，身份证号码是 18 位，请核对后重发。",
    "id_letter_o": "里面像是把数字 0 打成了字母 O，请改成数字重发。",
    "id_characters": "身份证号码只有数字，末位可以是 X，请核对后重发。",
    "id_region": "开头两位对不上任何省份，请对着身份证再发一次。",
    "id_date": "第 7 到 14 位的出生日期不存在，请对着身份证再发一次。",
    "id_future": "第 7 到 14 位的出生日期还没到，请对着身份证再发一次。",
    "id_checksum": "号码的校验位对不上，多半是哪一位打错了，请对着身份证再发一次。",
    "phone_length": "手机号码是 11 位，收到 {length} 位，请核对后重发。",
    "phone_landline": "这像是座机。开班前要能联系到您本人，请给一个手机号码。",
    "phone_unreadable": "没看出手机号码，请回 11 位数字，1 开头。",
    "email_none": "表上要一个邮箱。没有的话，QQ 邮箱就是 QQ 号加 @qq.com。",
    "email_no_at": "邮箱里少了 @，请写全。",
    "email_typo": "邮箱结尾像是打错了，您看是哪一个？",
    "email_unreadable": "这不像一个邮箱地址，请核对后重写。",
    "choice_number": "只有 1 到 {last} 这几个选项，没有 {number}。",
    "choice_unknown": "没对上哪个选项，回前面的数字就行。",
    "choice_single": "这一题只选一个，请选最合适的。",
    "yes_no_unclear": "没看出是还是否，回 1 或 2 就行。",
    "ethnicity_unknown": "没对上 56 个民族里的哪一个，请写民族名称。",
    "declaration_refused": "不同意声明就交不了这份表。想好了随时回“同意”；有疑问请联系{contact}。",
    "declaration_unclear": "看完声明，同意请回“同意”。",
    "signature_differs": "签名要和前面填的姓名一字不差：{name_wanted}。姓名填错了可以回“修改 {place}”。",
    "photo_expected": "这一题要一张照片，请点输入框旁的加号发图片。",
    "ticks_unknown": "没对上哪个选项，回数字或名称都行。",
    "ticks_detail": "{label}的{detail}是什么？",
    "matrix_unreadable": "没看出分数，请回 {low} 到 {high} 的数字。",
    "matrix_count": "收到 {got} 个分数，一共 {want} 项，请按顺序回 {want} 个数字。",
    "matrix_scale": "分数是 {low} 到 {high}，没有 {mark}。",
    "matrix_item": "一共 {last} 项，没有第 {number} 项。",
    "matrix_conflict": "第 {number} 项出现了两个分数，请说清是哪一个。",
    "matrix_partial": "还差第 {missing} 项：{names}。",
}
"""The sentence of every problem; ``{name}`` is the field's, ``{contact}`` whom to ask."""


def problem(field: Field, read: Read, *, contact: str, name_place: int = 0) -> str:
    """Why the answer does not stand, in one sentence or two."""
    params = {key: said(value, 80) for key, value in read.params.items()}
    wanted = params.pop("name", "")
    return WORDS[read.problem].format(
        **params,
        name=field.name,
        name_wanted=wanted,
        contact=contact,
        place=name_place,
    )


def example(field: Field) -> str:
    """What a right answer looks like."""
    return f"像这样：{field.example}" if field.example else ""


def way_round(field: Field, contact: str) -> str:
    """The third time: another way than trying again."""
    if field.optional:
        return "没有的话回“跳过”，这一格填“无”。"
    if field.may_wait:
        return "先放一放也行，回“跳过”，最后再补。"
    if field.kind == "matrix":
        return "也可以回“逐项”，一项一项来。"
    return f"还是不行的话，回“退出”先存着，需要帮忙请联系{contact}。"


PHOTO_REASONS: dict[str, str] = {
    "too_small": "照片太小，印出来会糊。请换一张宽、高都在 295×413 像素以上的原图。",
    "not_an_image": "这个文件打不开，不是照片。请直接发一张 JPG 或 PNG 图片。",
    "too_large": "照片太大，请压缩到 10 MB 以内再发。",
    "unsafe": "这张图的格式有问题，没法处理。请重新拍一张再发。",
    "expired": "照片在平台上过期了，没能取到。请重新发一次。",
    "unreachable": "照片暂时没取到，不是您的问题。请过一会儿再发一次。",
}
PHOTO_REASON_OTHER = "照片没处理成，请换一张再发。"


def photo_refused(reason: str) -> str:
    """Why a photo cannot be used, and what to do."""
    return PHOTO_REASONS.get(reason, PHOTO_REASON_OTHER)
