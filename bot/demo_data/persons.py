"""Whom the web chat's page offers to be."""

from __future__ import annotations

from collections.abc import Iterator

from bot import wording
from bot.channels.webchat.routes import SamplePerson
from bot.demo_data.sample import (
    APPLICATION_STATES,
    EVALUATED,
    RECRUITING,
    Sample,
    SampleClass,
    load_sample,
)

_SHOWN_STEPS = (RECRUITING, "evaluation")


def sample_persons() -> tuple[SamplePerson, ...]:
    """The sample persons: every role, and teachers at different places.

    Of the teachers, those who have not applied yet, and those of the classes
    that recruit or are being evaluated.
    """
    sample = load_sample()
    return (*_fresh(sample), *_officials(sample), *_backbone(sample), *_others(sample))


def _fresh(sample: Sample) -> Iterator[SamplePerson]:
    for place in range(1, sample.teachers.fresh + 1):
        yield _teacher(sample, place, sample.notes.fresh)


def _teacher(sample: Sample, place: int, note: str) -> SamplePerson:
    name = sample.teachers.name(place)
    return SamplePerson(f"demo-teacher-{place}", name, wording.TITLES["teacher"], note)


def _officials(sample: Sample) -> Iterator[SamplePerson]:
    names = {one.id: one.name for one in sample.provinces}
    names |= {one.id: one.name for one in sample.institutions}
    for one in sample.staff:
        title = wording.TITLES[one.role]
        yield SamplePerson(one.user, one.name, title, names.get(one.scope, ""))
    manager = sample.class_manager
    managed = next(one.title for one in sample.classes if one.managed)
    title = wording.TITLES["class_manager"]
    yield SamplePerson(manager.user, manager.name, title, managed)


def _backbone(sample: Sample) -> Iterator[SamplePerson]:
    title = wording.TITLES["backbone_teacher"]
    for one in sample.roster:
        if one.user:
            yield SamplePerson(one.user, one.name, title, one.school)


def _others(sample: Sample) -> Iterator[SamplePerson]:
    place = sample.teachers.fresh
    for one in sample.classes:
        for state in (*APPLICATION_STATES, EVALUATED):
            for _ in range(one.teachers.get(state, 0)):
                place += 1
                if one.step in _SHOWN_STEPS:
                    yield _teacher(sample, place, _note(sample, one, state))


def _note(sample: Sample, one: SampleClass, state: str) -> str:
    said = wording.STATES.get(state, sample.notes.evaluated)
    return sample.notes.of_class.format(title=one.title, state=said)
