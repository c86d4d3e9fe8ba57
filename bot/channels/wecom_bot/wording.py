"""What the bot says by itself, without the dialogue."""

IN_GROUP = (
    "您好，填表和查通知都在和我的单聊里进行：点我的头像，选“发消息”，回“菜单”就能开始。"
)
WELCOME_BACK = "您好，又见面了。回“继续”接着填没填完的表，回“菜单”看看能做什么。"
UNFETCHED = "这个文件没能收下来，请重新发一次。"
TOO_LARGE = "这个文件超过 10 MB 了，请压缩后再发，照片可以直接拍一张。"
BUSY = "现在有点忙，这条没能收下，请过一会儿再发一次。"
UNNAMED = {"image": "图片", "file": "文件"}
CHOSEN = "已选：{}"
SHOW = "查看"
