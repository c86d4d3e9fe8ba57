"""What cards say beside what they ask."""

CHOOSE = "请选择"
SUBMIT = "提交"
AND = "、"
