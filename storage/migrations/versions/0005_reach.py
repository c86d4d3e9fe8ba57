"""What a platform lets us send to whom: windows, consents, quotas, scenes, articles.

Windows begin closed: each opens with the person's next message.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    """A number that rows written before begin with as 0."""
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def _text(name: str) -> sa.Column[str]:
    """A text that rows written before begin with as empty."""
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def upgrade() -> None:
    op.create_table(
        "platform_media",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "file_id", name=op.f("pk_platform_media")),
    )
    op.create_index("ix_platform_media_expires_at", "platform_media", ["expires_at"])
    op.create_index("ix_platform_media_file_id", "platform_media", ["file_id"])

    op.create_table(
        "platform_tags",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("tag_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "role", name=op.f("pk_platform_tags")),
    )
    op.create_table(
        "quotas",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "period", name=op.f("pk_quotas")),
    )
    op.create_index("ix_quotas_ends_at", "quotas", ["ends_at"])

    op.create_table(
        "scenes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scenes")),
    )
    op.create_index("ix_scenes_expires_at", "scenes", ["expires_at"])
    op.create_index("ix_scenes_object_id", "scenes", ["object_id"])

    op.create_table(
        "scene_uses",
        sa.Column("scene_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["scene_id"], ["scenes.id"], name=op.f("fk_scene_uses_scene_id")
        ),
        sa.PrimaryKeyConstraint("scene_id", "person_id", name=op.f("pk_scene_uses")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("address_id", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_subscriptions_address_id")
        ),
        sa.PrimaryKeyConstraint(
            "address_id", "template_id", name=op.f("pk_subscriptions")
        ),
    )
    op.create_table(
        "articles",
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("publish_id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("mass_target", sa.Text(), nullable=False),
        sa.Column("mass_message_id", sa.Text(), nullable=False),
        sa.Column("mass_sent", sa.Integer(), nullable=False),
        sa.Column("mass_failed", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_articles_notice_id")
        ),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_articles")),
    )
    op.create_index("ix_articles_mass_message_id", "articles", ["mass_message_id"])
    op.create_index("ix_articles_publish_id", "articles", ["publish_id"])

    op.add_column("addresses", sa.Column("window_until", sa.DateTime(timezone=True)))
    op.add_column("addresses", _number("window_sends"))
    op.add_column("addresses", sa.Column("brief_until", sa.DateTime(timezone=True)))
    op.add_column("addresses", _number("brief_sends"))
    op.add_column("addresses", _text("menu"))

    op.add_column("outbox", _text("way"))
    op.add_column("outbox", _text("refused"))
    op.add_column("outbox", sa.Column("class_id", sa.Text()))
    op.create_index("ix_outbox_class_id", "outbox", ["class_id"])


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_class_id"))
        batch_op.drop_column("class_id")
        batch_op.drop_column("refused")
        batch_op.drop_column("way")

    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.drop_column("menu")
        batch_op.drop_column("brief_sends")
        batch_op.drop_column("brief_until")
        batch_op.drop_column("window_sends")
        batch_op.drop_column("window_until")

    op.drop_table("articles")
    op.drop_table("subscriptions")
    op.drop_table("scene_uses")
    op.drop_table("scenes")
    op.drop_table("quotas")
    op.drop_table("platform_tags")
    op.drop_table("platform_media")
