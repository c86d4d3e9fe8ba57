"""Stand-ins of the messaging platforms, as strict as their documentation.

``official_account.OfficialAccountPlatform`` and ``wecom.WeComPlatform`` are HTTP
servers that a service is pointed at; ``people.Follower`` and ``members.Member``
are who uses them. Everything can be made to fail: ``faults``. As a process of
its own: ``python -m tests.platforms --help``.
"""
