"""Invented people: the demo accounts, firm users, staff, researchers and individuals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from django.contrib.auth.hashers import make_password

from accounts.models import Enterprise, Institution, Membership, Role, User
from config.demo import loading
from config.demo.facts import words
from config.demo.scale import Plan

PASSWORD: Final = "benchshare-demo"  # noqa: S105 - printed at every start; demo data only
DEMO_ACCOUNTS: Final = (
    ("sme@demo.example", "林晓 Lin Xiao", Role.FIRM_USER),
    ("manager@demo.example", "陈思敏 Chen Simin", Role.MANAGER),
    ("operator@demo.example", "周建华 Zhou Jianhua", Role.OPERATOR),
    ("reviewer@demo.example", "沈国平 Shen Guoping", Role.REVIEWER),
    ("admin@demo.example", "徐静 Xu Jing", Role.ADMIN),
)

FIRMS: Final = 0
INDIVIDUALS: Final = -1
"""Pools of people: every institution's number from 1 on holds its researchers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who books, and the pool they are drawn from."""

    pool: int
    user_id: int
    enterprise_id: int | None


def make_people(plan: Plan, institutions: Sequence[Institution], firms: Sequence[Enterprise]) -> list[Person]:
    """Users and their roles; only the demo accounts can sign in. Returns who books, in order of pools."""
    dice = plan.dice("people")
    demo = _demo_accounts(institutions[0], firms[0])
    staff = _created(_named(dice, f"{role}-{n}", institution) for n, institution, role in _staff(institutions))
    Membership.objects.bulk_create(
        Membership(user=user, role=role, institution=institution)
        for user, (_n, institution, role) in zip(staff, _staff(institutions), strict=True)
    )
    booking = [Person(FIRMS, demo[0].pk, firms[0].pk), *_firm_users(dice, firms)]
    booking += [Person(INDIVIDUALS, user.pk, None) for user in _individuals(dice, plan)]
    for n, institution in enumerate(institutions, start=1):
        names = (f"researcher-{n}-{k}" for k in range(1, plan.scale.researchers_each + 1))
        users = _created(_named(dice, name, institution) for name in names)
        booking += [Person(n, user.pk, None) for user in users]
    return sorted(booking, key=lambda person: person.pool)


def _demo_accounts(institution: Institution, firm: Enterprise) -> list[User]:
    password = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(email=email, name=name, password=password, is_staff=role == Role.ADMIN)
        for email, name, role in DEMO_ACCOUNTS
    )
    where: dict[Role, dict[str, Any]] = {
        Role.FIRM_USER: {"enterprise": firm},
        Role.MANAGER: {"institution": institution},
        Role.OPERATOR: {"institution": institution},
    }
    Membership.objects.bulk_create(
        Membership(user=user, role=role, **where.get(role, {}))
        for user, (_email, _name, role) in zip(users, DEMO_ACCOUNTS, strict=True)
    )
    return users


def _staff(institutions: Sequence[Institution]) -> list[tuple[int, Institution, Role]]:
    """A manager and an operator everywhere but at the first, which has the demo accounts."""
    roles = (Role.MANAGER, Role.OPERATOR)
    return [(n, place, role) for n, place in enumerate(institutions, start=1) if n > 1 for role in roles]


def _firm_users(dice: Random, firms: Sequence[Enterprise]) -> list[Person]:
    """One or two users of each firm."""
    belonging = [firm for firm in firms for _ in range(dice.choice((1, 2)))]
    users = _created(_named(dice, f"firm-user-{n}", None) for n in range(1, len(belonging) + 1))
    Membership.objects.bulk_create(
        Membership(user=user, role=Role.FIRM_USER, enterprise=firm)
        for user, firm in zip(users, belonging, strict=True)
    )
    return [Person(FIRMS, user.pk, firm.pk) for user, firm in zip(users, belonging, strict=True)]


def _individuals(dice: Random, plan: Plan) -> list[User]:
    return _created(_named(dice, f"individual-{n}", None) for n in range(1, plan.scale.individuals + 1))


def _named(dice: Random, account: str, institution: Institution | None) -> User:
    if institution and institution.country != "CN":
        name = dice.choice(words.FOREIGN_NAMES)
    else:
        (zh1, en1), (zh2, en2) = dice.choice(words.SURNAMES), dice.choice(words.GIVEN_NAMES)
        name = f"{zh1}{zh2} {en1} {en2}"
    # A leading ! is Django's mark of a password that never fits.
    return User(email=f"{account}@people.example", name=name, password=f"!{account}")


def _created(users: Iterable[User]) -> list[User]:
    return loading.create(User, users)
