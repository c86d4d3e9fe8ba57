"""Which way a message to a person goes: the cheapest that can still arrive.

The ladder: a free message while a window is open, then a template message, then
a subscribe notification, then another channel of the same person; else it is
held until they write. What is known to be refused is never chosen. A way that
is only shut for now is waited for when nothing else is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

import msgspec

from notices.calendar import CHINA, Hours, civil, instant, send_window

PASSIVE = "passive"
"""In the answer to the person's own message; chosen where that is made."""

CUSTOM = "custom"
"""A free message of the Official Account: costs a send of an open window."""

TEMPLATE = "template"
"""A template message: needs a template of its kind."""

SUBSCRIBE = "subscribe"
"""A subscribe notification: costs one consent of the person."""

APP = "app"
BOT = "bot"
DIRECT = ""
"""The one way of a channel that has no more: the WeCom app, its bot, the web chat."""

DEADLINE = 1
"""Messages of this urgency or more urgent ones may use what a quota keeps back."""

MINUTE = 60
HOUR = 3600

_QUIET = frozenset({"reminder", "notice"})
_QUOTAS_BEGIN = time(0, 5)
_DAY = timedelta(days=1)
# Planned this long before a crowded minute, it would leave within it.
_LEAD = timedelta(seconds=10)
_SPREAD = 30.0
# A window is over for us a little earlier than for the platform: we hear late of
# what opened it (by a retry, or from disk), and a send takes some seconds.
_ENDS_EARLY = {"brief": timedelta(seconds=10), "window": timedelta(minutes=2)}
# Rather than moved to another channel, a message waits so long for its own.
_PATIENCE = timedelta(minutes=5)


class Windows(msgspec.Struct, frozen=True):
    """What a platform lets us send freely, and how long.

    After a message: ``sends`` within ``lasts``. After a tap, a follow or a scan:
    ``brief_sends`` within ``brief_lasts``.
    """

    lasts: timedelta = timedelta(hours=48)
    sends: int = 5
    brief_lasts: timedelta = timedelta(seconds=60)
    brief_sends: int = 3


class Shut(msgspec.Struct, frozen=True):
    """A way that is off: until a moment, or for good."""

    reason: str
    until: datetime | None = None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel offers today, and on what terms.

    ``ways`` stand in the order of their price. ``templates`` and
    ``subscriptions`` are the platform's template ids by kind of message
    (``deadline``, ``result``, ``notice``), those that are refused left out.
    ``shut`` names ways that are off (all of them: the whole channel). ``quotas``
    are calls a day by way, of which ``reserve`` per cent are kept for deadlines.
    ``window_sends`` is what a fresh window holds. ``per_minute`` and
    ``per_hour`` are what one address may get, 0 for no limit. In the minutes
    ``avoids`` of an hour only replies go. ``spoken``: only people who have
    written here are reached. ``quiet``: the quiet hours hold here. ``refuge``:
    what cannot arrive elsewhere may be moved here.
    """

    channel: str
    ways: tuple[str, ...]
    templates: Mapping[str, str] = {}
    subscriptions: Mapping[str, str] = {}
    shut: Mapping[str, Shut] = {}
    quotas: Mapping[str, int] = {}
    reserve: int = 0
    window_sends: int = 0
    per_minute: int = 0
    per_hour: int = 0
    avoids: tuple[int, ...] = ()
    spoken: bool = False
    quiet: bool = True
    refuge: bool = True


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is to arrive.

    ``kind`` is its template's (``Push.template``), ``refused`` the ways in
    which the platform refused this very message. One that may have arrived
    already is repeated in ``only`` that way (None: in any).
    """

    purpose: str
    urgency: int
    kind: str = ""
    expires_at: datetime | None = None
    refused: tuple[str, ...] = ()
    only: str | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How one address of a person stands.

    ``granted`` are consents by template id. ``minute`` and ``hour`` are what it
    was sent in the running clock minute (hour) and in the one before.
    """

    address_id: str
    channel: str
    reachable: bool = True
    spoken: bool = False
    window_until: datetime | None = None
    window_sends: int = 0
    brief_until: datetime | None = None
    brief_sends: int = 0
    granted: Mapping[str, int] = {}
    minute: tuple[int, int] = (0, 0)
    hour: tuple[int, int] = (0, 0)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An address with its channel's terms.

    ``used`` is how much of today's quota is gone, by way; ``pieces`` how many
    messages of the platform the text takes there.
    """

    standing: Standing
    terms: Terms
    used: Mapping[str, int] = {}
    pieces: int = 1


class Use(msgspec.Struct, frozen=True):
    """Send it in this way.

    It ``spends`` as many sends as it has ``pieces`` of the ``window`` or the
    ``brief`` one, or one ``consent`` to ``template``.
    """

    way: str
    spends: str = ""
    template: str = ""
    pieces: int = 1


class Elsewhere(msgspec.Struct, frozen=True):
    """A way is open at another address of the person."""

    address_id: str
    channel: str


class Later(msgspec.Struct, frozen=True):
    """A way is shut for now: look again then."""

    until: datetime
    code: str
    reason: str


class Hold(msgspec.Struct, frozen=True):
    """It can go when the person writes."""

    code: str
    reason: str


class Unreachable(msgspec.Struct, frozen=True):
    """The person can be reached nowhere."""

    code: str
    reason: str


Choice = Use | Elsewhere | Later | Hold | Unreachable


def choose(
    want: Want,
    places: Sequence[Place],
    *,
    now: datetime,
    hours: Hours | None,
    jitter: float = 0.0,
) -> Choice:
    """How a message goes now. ``places`` begin with the one where it waits.

    ``hours`` are those in which notices and reminders may go out, None for all.
    ``jitter`` (0 to 1) spreads over some seconds what waits for one moment.
    """
    own, *others = places
    alive = [place for place in places if place.standing.reachable]
    if not alive:
        return Unreachable("unreachable", "the person unfollowed or the address died")
    found = _look(want, own, now, hours, jitter)
    if isinstance(found, Use):
        return found
    waits, shut = [found] if isinstance(found, Later) else [], found
    if (soon := _soonest(want, waits)) and soon.until <= now + _PATIENCE:
        return soon
    for place in others:
        if not place.terms.refuge or want.only is not None:
            continue
        there = _look(want, place, now, hours, jitter)
        if isinstance(there, Use):
            return Elsewhere(place.standing.address_id, place.terms.channel)
        waits += [there] if isinstance(there, Later) else []
    return _soonest(want, waits) or Hold(shut.code, shut.reason)


def _soonest(want: Want, waits: Sequence[Later]) -> Later | None:
    """The first moment at which a way may open, if that is not too late."""
    soonest = min(waits, key=lambda wait: wait.until, default=None)
    if soonest is None:
        return None
    in_time = want.expires_at is None or soonest.until < want.expires_at
    return soonest if in_time else None


def _look(
    want: Want, place: Place, now: datetime, hours: Hours | None, jitter: float
) -> Use | Later | Hold:
    """The cheapest open way at a place; else when one opens, or why none does."""
    if not place.standing.reachable:
        return Hold("unreachable", "unfollowed, or the address died")
    if place.terms.spoken and not place.standing.spoken:
        return Hold("not_spoken", "has not written here yet")
    waits: list[Later] = []
    closed: Hold | None = None
    for way in place.terms.ways:
        found = _try(way, want, place, now)
        if isinstance(found, Use):
            return _in_time(want, place, now, hours, jitter) or found
        if isinstance(found, Later):
            waits.append(found)
        else:
            closed = closed or found
    soonest = min(waits, key=lambda wait: wait.until, default=None)
    if soonest is not None:
        return _in_time(want, place, now, hours, jitter) or _shaken(soonest, jitter)
    return closed or Hold("no_way", "the channel has no way to send")


def _try(way: str, want: Want, place: Place, now: datetime) -> Use | Later | Hold:
    """One way at a place, whatever the hour."""
    terms = place.terms
    if way in want.refused:
        return Hold("refused", f"refused as {way}")
    if want.only is not None and way != want.only:
        return Hold("doubt", f"may have arrived as {want.only}")
    use = _means(way, want, place, now)
    if isinstance(use, Hold):
        return use
    off = terms.shut.get(way)
    if off is not None and off.until is None:
        return Hold("off", off.reason)
    if off is not None and off.until is not None and off.until > now:
        return Later(off.until, "off", off.reason)
    if way in terms.quotas and use.pieces > _left(way, want, place):
        return Later(new_quotas(now), "quota", f"today's {way} quota is used")
    return use


def _means(way: str, want: Want, place: Place, now: datetime) -> Use | Hold:
    """What a way would take of the person's, or why they do not have it."""
    if way == CUSTOM:
        return _window(place, now)
    if way == TEMPLATE:
        template = place.terms.templates.get(want.kind, "")
        if not template:
            return Hold("no_template", f"no template for {want.kind or 'replies'}")
        return Use(way, template=template)
    if way == SUBSCRIBE:
        template = place.terms.subscriptions.get(want.kind, "")
        if not template or place.standing.granted.get(template, 0) < 1:
            return Hold("consent", "no consent to a notification")
        return Use(way, "consent", template)
    return Use(way, pieces=place.pieces)


def _window(place: Place, now: datetime) -> Use | Hold:
    standing = place.standing
    # What is longer than a whole window holds takes all of a fresh one.
    pieces = min(place.pieces, place.terms.window_sends or place.pieces)
    for name, until, sends in (
        ("brief", standing.brief_until, standing.brief_sends),
        ("window", standing.window_until, standing.window_sends),
    ):
        if _is_open(name, until, now) and sends >= pieces:
            return Use(CUSTOM, name, pieces=pieces)
    if _is_open("window", standing.window_until, now):
        return Hold("credits", "the window's messages are used up")
    return Hold("window", "no recent message")


def _is_open(name: str, until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now + _ENDS_EARLY[name]


def _left(way: str, want: Want, place: Place) -> int:
    """How many calls of the day's quota such a message may count on."""
    quota = place.terms.quotas[way]
    if want.urgency > DEADLINE:
        quota -= (quota * place.terms.reserve + 99) // 100
    return quota - place.used.get(way, 0)


def new_quotas(now: datetime) -> datetime:
    """Shortly after the next midnight in China, when daily quotas are new."""
    return instant(civil(now) + _DAY, _QUOTAS_BEGIN)


def _shaken(wait: Later, jitter: float) -> Later:
    later = wait.until + timedelta(seconds=_SPREAD * jitter)
    return Later(later, wait.code, wait.reason)


def _in_time(
    want: Want, place: Place, now: datetime, hours: Hours | None, jitter: float
) -> Later | None:
    """When it may go, if the hour, the minute or the address's rate is against it."""
    terms = place.terms
    spread = timedelta(seconds=_SPREAD * jitter)
    if hours is not None and terms.quiet and want.purpose in _QUIET:
        opens = send_window(now, hours)
        if opens > now:
            return Later(opens + spread, "quiet", "quiet hours")
    free = _crowd_ends(want, terms, now)
    if free > now:
        return Later(free + spread, "crowded", "everybody sends in this minute")
    for limit, counts, length in (
        (terms.per_hour, place.standing.hour, HOUR),
        (terms.per_minute, place.standing.minute, MINUTE),
    ):
        until = _rate_opens(limit, counts, length, place.pieces, now)
        if until is not None:
            return Later(until, "rate", "as much as one member may get")
    return None


def _crowd_ends(want: Want, terms: Terms, now: datetime) -> datetime:
    """``now``, or the end of the crowded minute that it is in or runs into."""
    if want.urgency < DEADLINE:
        return now
    for moment in (now + _LEAD, now):
        if moment.astimezone(CHINA).minute in terms.avoids:
            return bucket(moment, MINUTE) + timedelta(seconds=MINUTE)
    return now


def bucket(now: datetime, length: int) -> datetime:
    """The start of the clock minute or hour (``length`` in seconds) around ``now``."""
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % length, now.tzinfo)


def _rate_opens(
    limit: int, counts: tuple[int, int], length: int, pieces: int, now: datetime
) -> datetime | None:
    """None when so many may go now, else when.

    Any stretch of that length lies in two neighbouring clock minutes (hours): what
    keeps to the limit in both together never exceeds it. One message may leave
    a little later than it was counted, hence the margin.
    """
    if not limit:
        return None
    room = max(limit - min(3, limit // 10), min(pieces, limit))
    running, before = counts
    if running + before + pieces <= room or not running + before:
        return None
    begins = bucket(now, length) + timedelta(seconds=length)
    if running + pieces <= room:
        return begins
    return begins + timedelta(seconds=length)
