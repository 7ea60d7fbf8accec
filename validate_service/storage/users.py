"""Users in the database, with their PINs and failure counts."""

from collections.abc import Sequence

from sqlalchemy import bindparam, case, delete, func, null, or_, select, update

from validate_service.core.fields import folded
from validate_service.core.model import COUNTED_BESIDE_USER, Factor, Instant, Profile, ProfileUpdate, Role, User
from validate_service.core.names import UserName
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Row, Statement, insert_of, own
from validate_service.storage.subjects import OATH, OTHER_FAILURES, USER_COLUMNS, otp_failures_of_user, user_of
from validate_service.storage.tables import devices, users

_THIS = users.c.id == bindparam("user_id")
_FAILURES = {factor: users.c[f"{factor}_failures"] for factor in COUNTED_BESIDE_USER}
_FAILURE_COLUMNS = [*_FAILURES.values(), users.c.pin_failures]

_NAME_COLUMNS = ("domain", "username", "domain_key", "username_key")
_PROFILE_COLUMNS = (
    *("email", "phone", "carrier", "language", "roles", "auth_set_id", "enabled"),
    *("first_name", "last_name"),
)

_ADD = Statement(
    insert_of(users, "tenant_id", *_NAME_COLUMNS, *_PROFILE_COLUMNS, "pin_must_change", "failed_at", "created_at")
)
_UPDATE = Statement(
    update(users)
    .where(_THIS)
    .values(
        {name: func.coalesce(bindparam(f"new_{name}"), users.c[name]) for name in (*_NAME_COLUMNS, *_PROFILE_COLUMNS)}
    )
)
_LIFT_AUTH_SET = Statement(update(users).where(_THIS).values(auth_set_id=null()))
_PROFILE = select(users.c.domain, users.c.username, *(users.c[name] for name in _PROFILE_COLUMNS))
_IN_TENANT = users.c.tenant_id == bindparam("tenant_id")
_FIND_PROFILE = Statement(_PROFILE.where(_THIS, _IN_TENANT))
_ESCAPE = "/"
_full_name = users.c.first_name + " " + users.c.last_name
_SOUGHT = or_(
    (users.c.domain_key + "\\" + users.c.username_key).like(bindparam("folded_pattern"), escape=_ESCAPE),
    # Both sides by the database's own rules: SQLite knows the case of ASCII letters only.
    *(func.lower(text).like(func.lower(bindparam("pattern")), escape=_ESCAPE) for text in (users.c.email, _full_name)),
)
_SEARCH = Statement(
    _PROFILE.where(_IN_TENANT, _SOUGHT)
    .order_by(users.c.domain_key, users.c.username_key)
    .limit(bindparam("most"))
    .offset(bindparam("first"))
)
_COUNT_SOUGHT = Statement(select(func.count()).select_from(users).where(_IN_TENANT, _SOUGHT))
_OF_TENANT = select(*USER_COLUMNS, *otp_failures_of_user()).where(_IN_TENANT)
_FIND = Statement(
    _OF_TENANT.where(users.c.domain_key == bindparam("domain_key"), users.c.username_key == bindparam("username_key"))
)
_FIND_BY_ID = Statement(select(users.c.tenant_id, users.c.domain, users.c.username, users.c.language).where(_THIS))
_LISTING = Statement(_OF_TENANT.order_by(users.c.domain_key, users.c.username_key))
_DELETE = Statement(delete(users).where(_THIS))
_SET_ENABLED = Statement(update(users).where(_THIS).values(enabled=bindparam("now_enabled")))
_SET_PASSWORD = Statement(update(users).where(_THIS).values(password_hash=bindparam("new_hash")))
_paced = users.c.issues_paced_until
_PACED_UNTIL = Statement(select(_paced).where(_THIS))
_PACE_ISSUE = Statement(
    update(users)
    .where(_THIS, _paced <= bindparam("latest"))
    .values(issues_paced_until=case((_paced > bindparam("at"), _paced), else_=bindparam("at")) + bindparam("every"))
)
_SET_PIN = Statement(
    update(users)
    .where(_THIS)
    .values(pin_hash=bindparam("new_hash"), pin_must_change=bindparam("must_change"), pin_failures=0)
)
_CLEAR_PIN_FAILURES = Statement(update(users).where(_THIS).values(pin_failures=0))
_CLEAR_FAILURES = Statement(
    update(users).where(_THIS).values(dict.fromkeys([*_FAILURE_COLUMNS, users.c.pushes_unapproved], 0))
)
_CLEAR_OTP_FAILURES = Statement(
    update(devices).where(devices.c.user_id == bindparam("owner_id"), OATH).values(failures=0)
)
_COUNT_FAILURE = {
    factor: Statement(
        update(users)
        .where(_THIS)
        .values(
            {
                column: column + 1,
                users.c.pin_failures: users.c.pin_failures + bindparam("wrong_pins"),
                users.c.failed_at: bindparam("at"),
            }
        )
    )
    for factor, column in _FAILURES.items()
}
_ACCEPT = {
    factor: Statement(
        update(users)
        .where(
            _THIS,
            users.c.enabled,
            OTHER_FAILURES + func.coalesce(otp_failures_of_user()[0], 0) <= bindparam("most_failures"),
        )
        .values({column: 0, users.c.pin_failures: 0} if factor is Factor.CARD else {column: 0})
    )
    for factor, column in _FAILURES.items()
}


class UserTable:
    """Implements the port ``Users``."""

    def add(self, transaction: Transaction, tenant_id: int, name: UserName, profile: Profile, at: Instant) -> int:
        """Add a user; return the number."""
        session, (domain_key, username_key) = own(transaction), name.key
        session.store(
            _ADD,
            conflict=_taken(name),
            tenant_id=tenant_id,
            **_name_values(name),
            **_profile_values(profile),
            pin_must_change=False,
            failed_at=0,
            created_at=at,
        )
        (user_id, *_), *_ = session.rows(_FIND, tenant_id=tenant_id, domain_key=domain_key, username_key=username_key)
        return int(user_id)

    def update(self, transaction: Transaction, user_id: int, name: UserName | None, update: ProfileUpdate) -> bool:
        """Change the user's name, unless it is ``None``, and profile; tell whether there is such a user."""
        names = dict.fromkeys(_NAME_COLUMNS) if name is None else _name_values(name)
        new = {f"new_{column}": value for column, value in (names | _profile_values(update)).items()}
        return own(transaction).store(_UPDATE, conflict=_taken(name), user_id=user_id, **new) == 1

    def lift_auth_set(self, transaction: Transaction, user_id: int) -> None:
        """Let every factor verify the user."""
        own(transaction).change(_LIFT_AUTH_SET, user_id=user_id)

    def find_profile(self, session: Session, tenant_id: int, user_id: int) -> tuple[UserName, Profile] | None:
        """Return name and profile of the user with this number, or ``None`` if the tenant has none."""
        row = own(session).row(_FIND_PROFILE, user_id=user_id, tenant_id=tenant_id)
        return None if row is None else _named_profile(row)

    def search(
        self, session: Session, tenant_id: int, text: str, *, first: int, most: int
    ) -> tuple[Sequence[tuple[UserName, Profile]], int]:
        """Return names and profiles of users who have *text* in name or mail address, and how many there are."""
        wanted = {"tenant_id": tenant_id, "folded_pattern": _pattern(folded(text)), "pattern": _pattern(text)}
        rows = own(session).rows(_SEARCH, **wanted, first=first, most=most)
        ((count,),) = own(session).rows(_COUNT_SOUGHT, **wanted)
        return [_named_profile(row) for row in rows], int(count)

    def find(self, session: Session, tenant_id: int, name: UserName) -> User | None:
        """Return the user, or ``None``."""
        domain_key, username_key = name.key
        row = own(session).row(_FIND, tenant_id=tenant_id, domain_key=domain_key, username_key=username_key)
        return None if row is None else user_of(row[:-2], *row[-2:])

    def find_by_id(self, session: Session, user_id: int) -> tuple[int, UserName, str] | None:
        """Return the tenant's number, the name and the language tag of the user with this number, or ``None``."""
        row = own(session).row(_FIND_BY_ID, user_id=user_id)
        return None if row is None else (row[0], UserName(row[1], row[2]), row[3])

    def listing(self, session: Session, tenant_id: int) -> Sequence[User]:
        """Return all users of the tenant, by name."""
        rows = own(session).rows(_LISTING, tenant_id=tenant_id)
        return [user for row in rows if (user := user_of(row[:-2], *row[-2:]))]

    def delete(self, transaction: Transaction, user_id: int) -> None:
        """Delete the user with everything enrolled."""
        own(transaction).change(_DELETE, user_id=user_id)

    def set_enabled(self, transaction: Transaction, user_id: int, *, enabled: bool) -> None:
        """Enable or disable the user."""
        own(transaction).change(_SET_ENABLED, user_id=user_id, now_enabled=enabled)

    def set_password(self, transaction: Transaction, user_id: int, password_hash: str) -> None:
        """Store a password's hash."""
        own(transaction).change(_SET_PASSWORD, user_id=user_id, new_hash=password_hash)

    def pace_issue(self, transaction: Transaction, user_id: int, at: Instant, *, every: int, burst: int) -> Instant:
        """Count one more code or link that is issued for the user, if the pace allows it."""
        session, lead = own(transaction), (burst - 1) * every
        if session.change(_PACE_ISSUE, user_id=user_id, at=at, every=every, latest=at + lead) == 1:
            return 0
        row = session.row(_PACED_UNTIL, user_id=user_id)
        return at if row is None else int(row[0]) - lead

    def set_pin(self, transaction: Transaction, user_id: int, pin_hash: str, *, must_change: bool) -> None:
        """Store a PIN's hash; its failure count starts anew."""
        own(transaction).change(_SET_PIN, user_id=user_id, new_hash=pin_hash, must_change=must_change)

    def clear_failures(self, transaction: Transaction, user_id: int) -> None:
        """Set every failure count of the user to zero, the PIN's too."""
        own(transaction).change(_CLEAR_FAILURES, user_id=user_id)
        own(transaction).change(_CLEAR_OTP_FAILURES, owner_id=user_id)

    def clear_pin_failures(self, transaction: Transaction, user_id: int) -> None:
        """Unblock the PIN."""
        own(transaction).change(_CLEAR_PIN_FAILURES, user_id=user_id)

    def count_failure(self, transaction: Transaction, user_id: int, factor: Factor, at: Instant, *, pin: bool) -> None:
        """Add one failure of *factor*; with *pin*, one wrong PIN as well."""
        own(transaction).change(_COUNT_FAILURE[factor], user_id=user_id, wrong_pins=int(pin), at=at)

    def accept(self, transaction: Transaction, user_id: int, factor: Factor, *, most_failures: int) -> bool:
        """Set the failures of *factor* to zero, if no more than *most_failures* are counted now."""
        return own(transaction).change(_ACCEPT[factor], user_id=user_id, most_failures=most_failures) == 1


def _name_values(name: UserName) -> dict[str, object]:
    domain_key, username_key = name.key
    return {
        "domain": name.domain,
        "username": name.username,
        "domain_key": domain_key,
        "username_key": username_key,
    }


def _profile_values(profile: Profile | ProfileUpdate) -> dict[str, object]:
    return {
        "email": profile.email,
        "phone": profile.phone,
        "carrier": profile.carrier,
        "language": profile.language,
        "roles": None if profile.roles is None else " ".join(profile.roles),
        "auth_set_id": profile.auth_set_id,
        "enabled": profile.enabled,
        "first_name": profile.first_name,
        "last_name": profile.last_name,
    }


def _named_profile(row: Row) -> tuple[UserName, Profile]:
    domain, username, email, phone, carrier, language, roles, auth_set_id, enabled, *names = row
    found = tuple(map(Role, roles.split()))
    return UserName(domain, username), Profile(
        email, phone, carrier, language, found, auth_set_id, bool(enabled), *names
    )


def _pattern(text: str) -> str:
    """Return the LIKE pattern of what has *text* in it, whatever characters that has."""
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return f"%{text}%"


def _taken(name: UserName | None) -> str:
    return f"There is a user {name} already."
