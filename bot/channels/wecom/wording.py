"""What the channel says by itself."""

READ = "查看全文"
UNNAMED = {"image": "图片.jpg", "file": "文件"}
TOO_LARGE = "文件较大，请点这里下载："
