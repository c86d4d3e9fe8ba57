"""What the terminal says around the chat."""

from __future__ import annotations

WELCOME = """\
这里是模拟的公众号“训通”，后面是真正的服务（数据在 {folder}，日志在 {log}）。
您是关注者“{name}”。直接打字就是发消息；/help 看全部命令，/quit 退出。"""

HELP = """\
直接打字      发消息
/tap N        点一下第 N 个可点的选项（最近一条有选项的消息）
/tick N N …   在企业微信卡片上勾选几项并提交
/image 文件   发一张图片
/follow       关注（/unfollow 取消关注）
/scan 场景    扫一个二维码（场景值、ticket 或网址都行）
/menu [名称]  看底部菜单，或点其中一项
/agree        同意一次订阅通知（每个模板各一次）
/later 49h    时间往前走（s 秒，m 分，h 小时，d 天），中间该发生的都会发生
/as 名字      换一个人（新名字自动关注）
/wecom [名字] 以企业微信成员的身份说话；/oa [名字] 回到公众号
/codes        示例数据里的邀请码和班级
/fault 代码   让平台的下一次发送失败（如 /fault -1、/fault reset_after）
/again        把上一条消息再投递三次（平台的重试）
/quit         退出"""

ACCOUNT, APP = "训通", "训通（企业微信）"
TAP = "可点（/tap N）：{choices}"
LINK = "链接"
PICTURE = "[图片] {path}"
FILE = "[文件] {path}"
ARTICLE = "[图文] {text}"
WAYS = {
    "passive": "",
    "custom": "",
    "push": "",
    "template": "【模板消息】",
    "subscribe": "【服务通知】",
    "mass": "【群发】",
    "trouble": "【平台提示】",
}
NOTHING = "（没有回复）"
CHOSEN = "（卡片上现在写着：{label}）"
NO_CHOICE = "没有第 {choice} 个可点的选项。"
NO_FILE = "读不到文件 {path}。"
NO_MENU = "还没有菜单，刚启动时要等一两秒。"
MENU = "菜单：{entries}"
NOT_IN_MENU = "菜单里没有“{name}”。"
UNKNOWN = "没有 {command} 这个命令；/help 看全部。"
NOT_HERE = "{command} 在这里用不上；/oa 回到公众号，/wecom 换到企业微信。"
USAGE = "这样写：{usage}"
NOW = "现在是 {now:%Y-%m-%d %H:%M}。"
BECAME = "您现在是“{name}”（{where}）。"
LEFT = "您已取消关注；/follow 再关注。"
AGREED = "已同意：{templates}。"
COPIES = "三次投递，平台收到 {count} 种回复，显示一条。"
FAULT = "下一次发送会失败：{fault}。"
NO_FAULT = "没有这种故障；可用的有：{known}，或一个错误码。"
CODE = "{role}（{scope}）：邀请码 {code}"
CLASS = "班级 {code}：{level}{major}，{opens_on} 开班，现在到“{step}”"
CLOSED = "已结班"
BYE = "再见。"
PROMPT = "> "
