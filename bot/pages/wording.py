"""What the upload page asks for, by what its link is for: title and one line."""

from __future__ import annotations

from bot.uploads import EXCEL, OFFICE, PICTURES_AND_PDF

ANY_PAGE = "图片（JPG、PNG、WebP）或 PDF"
ANY_WORK = "图片、PDF、Word、PPT 或 Excel 文件"
SHEET = "Excel 表（.xlsx）"

UPLOADS = {
    "scan": (
        "上传盖章扫描件",
        "请上传计划外班次的盖章扫描件，照片或 PDF，10 MB 以内。",
        ANY_PAGE,
        PICTURES_AND_PDF,
    ),
    "work": (
        "上传学习成果",
        "教案、工作页、照片都行，10 MB 以内；Office 文件不要带宏。",
        ANY_WORK,
        PICTURES_AND_PDF | frozenset(OFFICE),
    ),
    "stamp": (
        "上传盖章的工作单位意见",
        "请把打印后签字、盖章的申请表拍清楚，或者传扫描的 PDF，10 MB 以内。",
        ANY_PAGE,
        PICTURES_AND_PDF,
    ),
    "plan_sheet": (
        "上传填好的培训信息报送表",
        "请用聊天里发来的模板填。有一行不对就整张不导入，结果在聊天里逐行告诉您。",
        SHEET,
        frozenset({EXCEL}),
    ),
}
