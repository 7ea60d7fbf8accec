"""Table definitions, nothing else.

Instants are microseconds since 1970 UTC as integers; hashes and seals are bytes; nothing needs a type conversion, so
statements run at the driver's speed on every database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

SCHEMA_REVISION = "0006"
"""The newest migration, which this code needs; a test compares it with the migrations."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_NAME = String(256)
_Number = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _Number, primary_key=True, autoincrement=True)


def _tenant() -> Column[int]:
    return Column("tenant_id", _Number, ForeignKey("tenants.id"), nullable=False)


def _user() -> Column[int]:
    return Column("user_id", _Number, ForeignKey("users.id", ondelete="CASCADE"), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default="0")


tenants = Table(
    "tenants",
    metadata,
    _id(),
    Column("uid", String(36), nullable=False, unique=True),
    Column("name", _NAME, nullable=False, unique=True),
    Column("settings", Text, nullable=False),
    _instant("created_at"),
    Column("pushes_paced_until", BigInteger, nullable=False, server_default="0"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    _tenant(),
    Column("uid", String(36), nullable=False, unique=True),
    Column("name", _NAME, nullable=False),
    Column("key_hash", LargeBinary(32), nullable=False, unique=True),
    _instant("created_at"),
    _instant("revoked_at", nullable=True),
    # What a key that was made before there were scopes could do.
    Column("scopes", String(64), nullable=False, server_default="validate encrypt decrypt"),
    _instant("last_used_at", nullable=True),
)

auth_sets = Table(
    "auth_sets",
    metadata,
    _id(),
    _tenant(),
    Column("name", _NAME, nullable=False),
    Column("name_key", _NAME, nullable=False),
    Column("factors", String(128), nullable=False),
    _instant("created_at"),
    UniqueConstraint("tenant_id", "name_key"),
)

users = Table(
    "users",
    metadata,
    _id(),
    _tenant(),
    Column("domain", _NAME, nullable=False),
    Column("username", _NAME, nullable=False),
    Column("domain_key", _NAME, nullable=False),
    Column("username_key", _NAME, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("pin_hash", String(256)),
    Column("pin_must_change", Boolean, nullable=False),
    _count("pin_failures"),
    _count("card_failures"),
    _count("auth_code_failures"),
    _count("auth_token_failures"),
    _count("questions_failures"),
    _instant("failed_at"),
    _instant("created_at"),
    Column("email", String(254), nullable=False, server_default=""),
    Column("phone", String(16), nullable=False, server_default=""),
    Column("carrier", String(64), nullable=False, server_default=""),
    Column("language", String(16), nullable=False, server_default="en"),
    Column("roles", String(64), nullable=False, server_default="user"),
    Column("auth_set_id", _Number, ForeignKey("auth_sets.id")),
    Column("password_hash", String(256)),
    Column("issues_paced_until", BigInteger, nullable=False, server_default="0"),
    Column("first_name", _NAME, nullable=False, server_default=""),
    Column("last_name", _NAME, nullable=False, server_default=""),
    _count("password_failures"),
    _count("fido_failures"),
    _count("pushes_unapproved"),
    Column("push_asked_at", BigInteger, nullable=False, server_default="0"),
    Column("pushes_muted_until", BigInteger, nullable=False, server_default="0"),
    UniqueConstraint("tenant_id", "domain_key", "username_key"),
    Index(None, "auth_set_id"),
    # The audit trail keeps a deleted user's number: it must never name another user.
    sqlite_autoincrement=True,
)

devices = Table(
    "devices",
    metadata,
    _id(),
    _tenant(),
    # A device in stock is nobody's.
    Column("user_id", _Number, ForeignKey("users.id", ondelete="CASCADE")),
    Column("serial", String(64), nullable=False),
    Column("serial_key", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("sealed_seed", LargeBinary),
    Column("key_id", BigInteger),
    Column("digits", Integer, nullable=False),
    Column("algorithm", String(8), nullable=False),
    Column("period", Integer, nullable=False),
    Column("window", Integer, nullable=False),
    Column("last_spent", BigInteger, nullable=False),
    Column("drift", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    _count("failures"),
    _instant("failed_at"),
    _instant("created_at"),
    _instant("last_used_at", nullable=True),
    Column("activated", Boolean, nullable=False, server_default=true()),
    Column("hardware", Boolean, nullable=False, server_default=false()),
    # A keyed hash of what the phone calls itself that fetched the seed.
    Column("holder_hash", LargeBinary(32)),
    UniqueConstraint("tenant_id", "serial_key"),
    Index(None, "user_id"),
    Index(None, "key_id"),
)

fido_keys = Table(
    "fido_keys",
    metadata,
    _id(),
    _tenant(),
    Column("device_id", _Number, ForeignKey("devices.id", ondelete="CASCADE"), nullable=False),
    Column("app_id", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("protocol", String(8), nullable=False),
    Column("handle", LargeBinary(1023), nullable=False),
    # Of application and handle: handles are longer than what every database can index.
    Column("handle_hash", LargeBinary(32), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("counter", BigInteger, nullable=False),
    _instant("created_at"),
    _instant("last_used_at", nullable=True),
    UniqueConstraint("tenant_id", "handle_hash"),
    UniqueConstraint("device_id", "app_id"),
)

fido_challenges = Table(
    "fido_challenges",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("id", String(32), primary_key=True),
    Column("step", String(8), nullable=False),
    Column("protocol", String(8), nullable=False),
    Column("app_id", _NAME, nullable=False),
    Column("challenge", LargeBinary(32), nullable=False),
    _instant("expires_at"),
    Index(None, "expires_at"),
    # Written and deleted at every sign-in: two trees in place of four.
    sqlite_with_rowid=False,
)

cards = Table(
    "cards",
    metadata,
    _id(),
    _tenant(),
    _user(),
    Column("card_hash", LargeBinary(32), nullable=False),
    Column("label", _NAME, nullable=False),
    Column("enabled", Boolean, nullable=False),
    _instant("created_at"),
    _instant("last_used_at", nullable=True),
    UniqueConstraint("tenant_id", "card_hash"),
    Index(None, "user_id"),
)

questions = Table(
    "questions",
    metadata,
    _id(),
    _user(),
    Column("position", Integer, nullable=False),
    Column("text", _NAME, nullable=False),
    Column("answer_hash", String(256), nullable=False),
    UniqueConstraint("user_id", "position"),
)

auth_codes = Table(
    "auth_codes",
    metadata,
    Column("user_id", _Number, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("code_hash", LargeBinary(32), nullable=False),
    _instant("issued_at"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    Index(None, "expires_at"),
)

auth_tokens = Table(
    "auth_tokens",
    metadata,
    _id(),
    _user(),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    _instant("issued_at"),
    _instant("expires_at"),
    Column("purpose", String(16), nullable=False, server_default="sso"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    _user(),
    _instant("issued_at"),
    _instant("expires_at"),
    _instant("used_at", nullable=True),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

approvals = Table(
    "approvals",
    metadata,
    Column("id", String(32), primary_key=True),
    _tenant(),
    _user(),
    Column("login_to", _NAME, nullable=False),
    Column("address", _NAME, nullable=False),
    Column("message", _NAME, nullable=False),
    Column("match_number", String(8), nullable=False),
    Column("state", String(16), nullable=False),
    _instant("asked_at"),
    _instant("expires_at"),
    _instant("answered_at", nullable=True),
    # Number of the key of whoever asked.
    Column("caller_id", _Number),
    Column("purpose", String(8), nullable=False, server_default="sign_in"),
    _count("wrong_numbers"),
    # Number of the device that answered.
    Column("answered_by", _Number),
    # Whoever waits looks for what was asked or settled since: the answer may come from another process or node.
    Column("changed_at", BigInteger, nullable=False, server_default="0"),
    Index(None, "tenant_id", "state"),
    Index(None, "user_id"),
    Index(None, "changed_at"),
)

authenticators = Table(
    "authenticators",
    metadata,
    Column("device_id", _Number, ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("uid", String(32), nullable=False, unique=True),
    Column("name", _NAME, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    # Of a passkey only.
    Column("credential_id", LargeBinary(1023)),
    Column("counter", BigInteger, nullable=False),
    # What the phone is to sign to be let in; one at a time.
    Column("challenge", LargeBinary(32)),
    _instant("challenge_expires_at", nullable=True),
    # Where its push service takes messages, and the keys that only the phone can read them with.
    Column("endpoint", Text),
    Column("endpoint_hash", LargeBinary(32), unique=True),
    Column("message_key", LargeBinary(65)),
    Column("message_secret", LargeBinary(16)),
    _instant("seen_at", nullable=True),
)

phone_sessions = Table(
    "phone_sessions",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("device_id", _Number, ForeignKey("devices.id", ondelete="CASCADE"), nullable=False),
    _instant("began_at"),
    _instant("seen_at"),
    _instant("expires_at"),
    Index(None, "device_id"),
    Index(None, "expires_at"),
)

branding = Table(
    "branding",
    metadata,
    Column("tenant_id", _Number, ForeignKey("tenants.id"), primary_key=True, autoincrement=False),
    Column("color", String(7), nullable=False),
    Column("splash_color", String(7), nullable=False),
    Column("email", String(254), nullable=False),
    Column("phone", String(64), nullable=False),
    Column("logo", LargeBinary),
    Column("splash", LargeBinary),
    _instant("changed_at"),
)

message_texts = Table(
    "message_texts",
    metadata,
    _id(),
    _tenant(),
    Column("kind", String(16), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("language", String(16), nullable=False),
    Column("subject", _NAME, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("tenant_id", "kind", "channel", "language"),
)

audit_events = Table(
    "audit_events",
    metadata,
    _id(),
    Column("lane", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    _instant("at"),
    Column("tenant_id", _Number),
    Column("event", String(32), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("surface", String(16), nullable=False),
    Column("operation", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("caller", _NAME, nullable=False),
    Column("user_id", _Number),
    Column("user_name", String(513), nullable=False),
    Column("device", _NAME, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    UniqueConstraint("lane", "seq"),
    Index(None, "request_id"),
    Index(None, "at"),
    # Users see their own last sign-ins.
    Index(None, "user_id", "at"),
)

audit_lane_starts = Table(
    "audit_lane_starts",
    metadata,
    Column("lane", String(32), primary_key=True),
    # Of the last row that was pruned.
    Column("seq", BigInteger, nullable=False),
    Column("mac", LargeBinary(32), nullable=False),
    # A keyed hash of all this: nobody else may say that rows were pruned.
    Column("proof", LargeBinary(32), nullable=False),
)

key_ring = Table(
    "key_ring",
    metadata,
    Column("fingerprint", LargeBinary(8), primary_key=True),
    _instant("created_at"),
)
