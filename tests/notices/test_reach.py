"""The way a message takes is the cheapest open one, and never one known to be refused."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.calendar import Hours, instant, is_open, sending_hours
from notices.reach import (
    Choice,
    Elsewhere,
    Hold,
    Later,
    Place,
    Shut,
    Standing,
    Terms,
    Unreachable,
    Use,
    Want,
    bucket,
    choose,
)

# 10:15:20 on a Monday in China.
NOW = datetime(2026, 3, 2, 2, 15, 20, tzinfo=UTC)
HOURS = Hours()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ACCOUNT = Terms(
    channel="official_account",
    ways=("custom", "template", "subscribe"),
    templates={"deadline": "T-deadline"},
    subscriptions={"deadline": "S-deadline", "notice": "S-notice"},
    quotas={"custom": 1000, "template": 100, "subscribe": 100},
    reserve=10,
    window_sends=5,
)
WECOM = Terms(
    channel="wecom", ways=("app",), per_minute=30, per_hour=1000, avoids=(0, 30)
)
BOT = Terms(
    channel="wecom_bot", ways=("bot",), per_minute=30, per_hour=1000, spoken=True
)
WEBCHAT = Terms(channel="webchat", ways=("",), quiet=False, refuge=False)

REMINDER = Want(purpose="reminder", urgency=1, kind="deadline")
RESULT = Want(purpose="result", urgency=2, kind="result")
NOTICE = Want(purpose="notice", urgency=3, kind="notice")
REPLY = Want(purpose="reply", urgency=0)

CLOSED = Standing(address_id="oa", channel="official_account", spoken=True)
OPEN = msgspec.structs.replace(CLOSED, window_until=NOW + HOUR, window_sends=2)
MEMBER = Standing(address_id="wc", channel="wecom", spoken=True)
TALKER = Standing(address_id="bot", channel="wecom_bot", spoken=True)
VISITOR = Standing(address_id="web", channel="webchat", spoken=True)


Changed = TypeVar("Changed", Want, Standing, Terms)


def of(struct: Changed, **changes: Any) -> Changed:
    return msgspec.structs.replace(struct, **changes)


def at(standing: Standing, terms: Terms, **more: Any) -> Place:
    return Place(standing=standing, terms=terms, **more)


def account(standing: Standing = CLOSED, **more: Any) -> Place:
    return at(standing, ACCOUNT, **more)


def chosen(
    want: Want, *places: Place, now: datetime = NOW, hours: Hours | None = HOURS
) -> Choice:
    return choose(want, places, now=now, hours=hours)


def off(way: str, *, for_: timedelta | None = None) -> Terms:
    shut = Shut("off", NOW + for_ if for_ else None)
    return of(ACCOUNT, shut={way: shut})


GRANTED = of(CLOSED, granted={"S-deadline": 1})
BRIEF = of(CLOSED, brief_until=NOW + MINUTE, brief_sends=3)
MIDNIGHT = instant(NOW.date() + DAY, time(0, 5))


@pytest.mark.parametrize(
    ("want", "places", "expected"),
    [
        # The ladder, step by step.
        (REMINDER, [account(OPEN)], Use("custom", "window")),
        (REMINDER, [account(BRIEF)], Use("custom", "brief")),
        (REMINDER, [account()], Use("template", template="T-deadline")),
        (
            of(REMINDER, refused=("template",)),
            [account(GRANTED)],
            Use("subscribe", "consent", "S-deadline"),
        ),
        (RESULT, [account(), at(MEMBER, WECOM)], Elsewhere("wc", "wecom")),
        (RESULT, [account(), at(TALKER, BOT)], Elsewhere("bot", "wecom_bot")),
        (RESULT, [account()], Hold("window", "no recent message")),
        (REPLY, [account()], Hold("window", "no recent message")),
        # The window: over at its moment, empty with its sends.
        (
            RESULT,
            [account(of(OPEN, window_until=NOW))],
            Hold("window", "no recent message"),
        ),
        (
            RESULT,
            [account(of(OPEN, window_sends=0))],
            Hold("credits", "the window's messages are used up"),
        ),
        (RESULT, [account(OPEN, pieces=2)], Use("custom", "window", pieces=2)),
        (
            RESULT,
            [account(OPEN, pieces=3)],
            Hold("credits", "the window's messages are used up"),
        ),
        (
            RESULT,
            [account(of(OPEN, window_sends=5), pieces=9)],
            Use("custom", "window", pieces=5),
        ),
        # No consent, or one that is used up.
        (
            NOTICE,
            [account(of(CLOSED, granted={"S-notice": 0}))],
            Hold("window", "no recent message"),
        ),
        # A way that is off, for good and for now.
        (
            REMINDER,
            [at(OPEN, off("custom"))],
            Use("template", template="T-deadline"),
        ),
        (
            REMINDER,
            [at(OPEN, off("custom", for_=HOUR))],
            Use("template", template="T-deadline"),
        ),
        (RESULT, [at(OPEN, off("custom", for_=HOUR))], Later(NOW + HOUR, "off", "off")),
        (
            of(RESULT, expires_at=NOW + HOUR),
            [at(OPEN, off("custom", for_=HOUR))],
            Hold("off", "off"),
        ),
        (
            RESULT,
            [at(OPEN, off("custom", for_=HOUR)), at(MEMBER, WECOM)],
            Elsewhere("wc", "wecom"),
        ),
        # The day's quota, with what is kept for deadlines.
        (
            NOTICE,
            [account(OPEN, used={"custom": 900})],
            Later(MIDNIGHT, "quota", "today's custom quota is used"),
        ),
        (NOTICE, [account(OPEN, used={"custom": 899})], Use("custom", "window")),
        (
            of(REMINDER, kind=""),
            [account(OPEN, used={"custom": 999})],
            Use("custom", "window"),
        ),
        (
            of(REMINDER, kind=""),
            [account(OPEN, used={"custom": 1000})],
            Later(MIDNIGHT, "quota", "today's custom quota is used"),
        ),
        (
            REMINDER,
            [account(used={"template": 100})],
            Later(MIDNIGHT, "quota", "today's template quota is used"),
        ),
        # Nobody there.
        (
            RESULT,
            [account(of(OPEN, reachable=False))],
            Unreachable("unreachable", "the person unfollowed or the address died"),
        ),
        (
            RESULT,
            [account(of(OPEN, reachable=False)), at(MEMBER, WECOM)],
            Elsewhere("wc", "wecom"),
        ),
        (
            RESULT,
            [at(of(TALKER, spoken=False), BOT)],
            Hold("not_spoken", "has not written here yet"),
        ),
        # What may have arrived is repeated in the same way, or waits.
        (
            of(REMINDER, only="template"),
            [account(OPEN)],
            Use("template", template="T-deadline"),
        ),
        (
            of(RESULT, only="custom"),
            [account(), at(MEMBER, WECOM)],
            Hold("window", "no recent message"),
        ),
        # The web chat: always, and no refuge for what waits elsewhere.
        (RESULT, [at(VISITOR, WEBCHAT)], Use("")),
        (
            RESULT,
            [account(), at(VISITOR, WEBCHAT)],
            Hold("window", "no recent message"),
        ),
    ],
)
def test_the_ladder(want: Want, places: list[Place], expected: Choice) -> None:
    assert chosen(want, *places) == expected


NIGHT = datetime(2026, 3, 2, 14, 15, tzinfo=UTC)
MORNING = datetime(2026, 3, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("want", "place", "waits"),
    [
        (REMINDER, account(), True),
        (NOTICE, at(MEMBER, WECOM), True),
        (RESULT, at(MEMBER, WECOM), False),
        (REPLY, at(MEMBER, WECOM), False),
        (REMINDER, at(VISITOR, WEBCHAT), False),
    ],
)
def test_notices_and_reminders_keep_quiet_hours(
    want: Want, place: Place, waits: bool
) -> None:
    choice = chosen(want, place, now=NIGHT)

    assert isinstance(choice, Later) is waits
    assert not waits or choice == Later(MORNING, "quiet", "quiet hours")
    assert isinstance(chosen(want, place, now=NIGHT, hours=None), Use)


def test_what_is_worth_nothing_in_the_morning_waits_for_its_person() -> None:
    want = of(REMINDER, expires_at=MORNING)

    assert chosen(want, account(), now=NIGHT) == Hold("quiet", "quiet hours")


@pytest.mark.parametrize(
    ("clock", "goes"),
    [
        ("10:00:00", "10:01:00"),
        ("10:00:59", "10:01:00"),
        ("10:29:49", ""),
        ("10:29:55", "10:31:00"),
        ("10:30:30", "10:31:00"),
        ("10:31:00", ""),
        ("10:59:58", "11:01:00"),
    ],
)
def test_the_app_is_silent_at_the_full_and_the_half_hour(clock: str, goes: str) -> None:
    def on_monday(text: str) -> datetime:
        return instant(NOW.date(), time.fromisoformat(text))

    place, now = at(MEMBER, WECOM), on_monday(clock)
    choice = chosen(RESULT, place, now=now)

    assert chosen(REPLY, place, now=now) == Use("app")
    expected: Choice = Use("app")
    if goes:
        reason = "everybody sends in this minute"
        expected = Later(on_monday(goes), "crowded", reason)
    assert choice == expected


def test_what_waits_a_minute_is_not_moved_and_jitter_spreads_it() -> None:
    now = instant(NOW.date(), time(10, 0, 30))
    places = [at(MEMBER, WECOM), account(OPEN)]
    early = choose(RESULT, places, now=now, hours=HOURS, jitter=0.0)
    late = choose(RESULT, places, now=now, hours=HOURS, jitter=1.0)

    assert isinstance(early, Later)
    assert isinstance(late, Later)
    assert early.until < late.until <= early.until + MINUTE


def test_the_full_hour_member_with_a_window_hears_elsewhere() -> None:
    busy = of(MEMBER, hour=(600, 397))

    assert chosen(RESULT, at(busy, WECOM), account(OPEN)) == Elsewhere(
        "oa", "official_account"
    )
    assert chosen(RESULT, at(busy, WECOM)) == Later(
        bucket(NOW, 3600) + HOUR, "rate", "as much as one member may get"
    )


@given(
    limit=st.integers(1, 40),
    gaps=st.lists(st.floats(0, 40), min_size=1, max_size=80),
    pieces=st.integers(1, 3),
)
def test_no_stretch_of_a_minute_ever_holds_more_than_the_rate(
    limit: int, gaps: list[float], pieces: int
) -> None:
    """Whenever it is asked, what is let through keeps to the limit in any 60 s."""
    terms = of(BOT, per_minute=limit)
    counts: dict[datetime, int] = {}
    sent: list[datetime] = []
    now = NOW
    for gap in gaps:
        now += timedelta(seconds=gap)
        minute = bucket(now, 60)
        running, before = counts.get(minute, 0), counts.get(minute - MINUTE, 0)
        place = at(of(TALKER, minute=(running, before)), terms, pieces=pieces)
        choice = choose(REPLY, [place], now=now, hours=None)
        if isinstance(choice, Use):
            counts[minute] = running + pieces
            sent += [now] * pieces
        else:
            assert isinstance(choice, Later)
            assert now < choice.until <= now + 2 * MINUTE
    # One message of more pieces than the limit goes alone: there is no other way.
    most = max(limit, pieces)
    for start in sent:
        window = [one for one in sent if start <= one < start + MINUTE]
        assert len(window) <= most


WAYS = ("custom", "template", "subscribe", "app", "bot")
moments = st.one_of(
    st.none(), st.integers(-7200, 7200).map(lambda s: NOW + timedelta(seconds=s))
)
shuts = st.dictionaries(
    st.sampled_from(WAYS), st.builds(Shut, st.just("off"), moments), max_size=3
)


@st.composite
def places(draw: st.DrawFn) -> Place:
    terms = draw(st.sampled_from([ACCOUNT, WECOM, BOT, WEBCHAT]))
    address = draw(st.sampled_from("abcdef"))
    standing = Standing(
        address_id=address,
        channel=terms.channel,
        reachable=draw(st.booleans()),
        spoken=draw(st.booleans()),
        window_until=draw(moments),
        window_sends=draw(st.integers(-1, 5)),
        brief_until=draw(moments),
        brief_sends=draw(st.integers(-1, 3)),
        granted=draw(
            st.dictionaries(
                st.sampled_from(["S-deadline", "S-notice"]), st.integers(0, 2)
            )
        ),
        minute=(draw(st.integers(0, 30)), draw(st.integers(0, 30))),
        hour=(draw(st.integers(0, 1000)), draw(st.integers(0, 30))),
    )
    used = draw(
        st.dictionaries(
            st.sampled_from(WAYS), st.sampled_from([0, 89, 90, 99, 100, 999])
        )
    )
    return Place(
        standing=standing,
        terms=of(terms, shut=draw(shuts)),
        used=used,
        pieces=draw(st.integers(1, 7)),
    )


wants = st.builds(
    Want,
    purpose=st.sampled_from(["reply", "reminder", "result", "notice"]),
    urgency=st.integers(0, 3),
    kind=st.sampled_from(["", "deadline", "result", "notice"]),
    expires_at=moments,
    refused=st.lists(st.sampled_from(WAYS), max_size=4, unique=True).map(tuple),
    only=st.sampled_from([None, None, "custom", "template", "app"]),
)


def known_refusal(want: Want, place: Place, use: Use, now: datetime) -> str:
    """Why the platform (or the person's peace) is known to be against it."""
    standing, terms = place.standing, place.terms
    shut = terms.shut.get(use.way)
    ends, sends = {
        "window": (standing.window_until, standing.window_sends),
        "brief": (standing.brief_until, standing.brief_sends),
    }.get(use.spends, (None, 0))
    kept = terms.reserve if want.urgency > 1 else 0
    quota = terms.quotas.get(use.way)
    checks = {
        "dead": not standing.reachable,
        "stranger": terms.spoken and not standing.spoken,
        "refused": use.way in want.refused,
        "in doubt": want.only is not None and use.way != want.only,
        "off": shut is not None and (shut.until is None or shut.until > now),
        "window": use.way == "custom"
        and not (ends and ends > now and sends >= use.pieces > 0),
        "template": use.way == "template" and want.kind not in terms.templates,
        "consent": use.way == "subscribe"
        and standing.granted.get(terms.subscriptions.get(want.kind, ""), 0) < 1,
        "quota": quota is not None
        and place.used.get(use.way, 0) + use.pieces > quota * (100 - kept) / 100,
        "quiet": terms.quiet
        and want.purpose in ("reminder", "notice")
        and not is_open(now, HOURS),
        "minute": want.urgency > 0 and now.minute in terms.avoids,
        "rate": bool(terms.per_minute)
        and sum(standing.minute) > 0
        and sum(standing.minute) + place.pieces > terms.per_minute,
    }
    return " ".join(name for name, against in checks.items() if against)


@given(
    want=wants,
    around=st.lists(places(), min_size=1, max_size=4),
    shift=st.integers(0, 24 * 60),
    jitter=st.floats(0, 1),
)
def test_no_way_that_is_known_to_be_refused_is_ever_chosen(
    want: Want, around: list[Place], shift: int, jitter: float
) -> None:
    now = NOW + timedelta(minutes=shift)
    choice = choose(want, around, now=now, hours=HOURS, jitter=jitter)

    match choice:
        case Use():
            assert known_refusal(want, around[0], choice, now) == ""
        case Elsewhere(address_id, channel):
            there = [
                one
                for one in around[1:]
                if (one.standing.address_id, one.terms.channel) == (address_id, channel)
            ]
            alone = [choose(want, [one], now=now, hours=HOURS) for one in there]
            assert any(isinstance(one, Use) for one in alone)
            assert all(one.terms.refuge for one in there)
        case Later(until):
            assert until > now
            assert want.expires_at is None or until < want.expires_at
        case Hold():
            assert any(one.standing.reachable for one in around)
        case Unreachable():
            assert not any(one.standing.reachable for one in around)


@given(want=wants, around=st.lists(places(), min_size=1, max_size=4))
def test_an_open_way_of_its_own_is_never_left_unused(
    want: Want, around: list[Place]
) -> None:
    """Other addresses never make it worse for the message where it waits."""
    alone = choose(want, around[:1], now=NOW, hours=HOURS)
    among = choose(want, around, now=NOW, hours=HOURS)

    assert not isinstance(alone, Use) or among == alone


def test_quiet_hours_are_read_from_their_setting() -> None:
    assert sending_hours("21:00-08:00") == Hours()
    assert sending_hours("22:30-07:15") == Hours(time(7, 15), time(22, 30))
    assert sending_hours("none") is None
    for wrong in ("", "21-8", "21:00", "08:00-21:00", "night", "21:00-25:00"):
        with pytest.raises(ValueError, match=r"."):
            sending_hours(wrong)
