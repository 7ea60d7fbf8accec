"""Security questions: list, verify, enrol.

Knowledge of answers is no accepted authenticator today (SP 800-63B-4); the legacy calls must work all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.callers import Gate
from validate_service.core.calls import Call
from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.model import Factor, Question, Scope, Subject, Tenant
from validate_service.core.outcomes import Decision, Outcome
from validate_service.core.ports import Clock, Database, KeyRingSource, Questions, Users
from validate_service.core.slow_secrets import SlowSecrets
from validate_service.core.user_factors import Attempt, UserFactors
from validate_service.core.users import require_user
from validate_service.primitives.answers import folded_answer
from validate_service.primitives.keyed_hash import keyed_hash

MOST_QUESTIONS = 10
"""Questions that a user may have, and that one call may answer: each costs one slow hash."""

DECOYS = (
    "What was the name of your first pet?",
    "In which town were you born?",
    "What was the name of your first school?",
    "What was the make of your first car?",
    "What is your mother's maiden name?",
    "What was your favourite subject at school?",
    "What is the first name of your oldest cousin?",
    "In which street did you grow up?",
    "What was the name of your first employer?",
    "What is the title of your favourite book?",
    "Where did you spend your first holiday abroad?",
    "What was your childhood nickname?",
)
"""What users without questions are shown, so that nobody learns who has some."""


@dataclass(frozen=True, slots=True)
class QuestionVerifier:
    """Lists a user's questions and verifies the answers."""

    gate: Gate
    database: Database
    questions: Questions
    user_factors: UserFactors
    slow_secrets: SlowSecrets
    keys: KeyRingSource
    clock: Clock

    def listing(self, call: Call) -> list[str]:
        """Return the texts of the user's questions, in the order of enrolment.

        A user who is unknown or has none is shown decoys, the same ones every time.

        Raises:
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        subject = self.gate.admit(call, Scope.VALIDATE)
        enrolled = [question.text for question in self._enrolled(subject)]
        refusal = _refusal(subject, enrolled)
        with self.database.write() as transaction:
            transaction.record(AuditEvent(EventName.QUESTIONS_LIST, refusal or DONE, call, self.clock.now()))
        return self._decoys(subject.tenant, call) if refusal else enrolled

    def verify(self, call: Call, questions: Sequence[str | None], answers: Sequence[str | None]) -> Decision:
        """Decide whether the user answered rightly.

        Args:
            call: Who calls about whom.
            questions: Texts of the questions answered, compared like answers.
            answers: The answers, one for each question, in the same order.

        Returns:
            ``ACCEPTED`` if every listed question is the user's and answered rightly, and as many different ones are
            listed as the tenant requires, or all if the user has fewer; else the reason.

        Raises:
            MalformedRequestError: more than 10 questions, or not as many answers as questions.
            CallerNotAuthorizedError, AddressNotAllowedError, UnavailableError: as :meth:`Gate.admit`.
        """
        if len(questions) != len(answers):
            raise MalformedRequestError("questions and answers must have the same number of items.")
        if len(questions) > MOST_QUESTIONS:
            raise MalformedRequestError(f"At most {MOST_QUESTIONS} questions can be answered at once.")
        subject = self.gate.admit(call, Scope.VALIDATE)
        attempt = Attempt(Factor.QUESTIONS, EventName.QUESTIONS_VERIFY, call, subject, self.clock.now())
        enrolled = self._enrolled(subject)
        right = self._all_right(enrolled, questions, answers, subject.tenant.settings.questions_required)
        judged = Outcome.ACCEPTED if right else Outcome.WRONG_CODE if enrolled else Outcome.NOT_ENROLLED
        return self.user_factors.settle(attempt, attempt.standing() or judged)

    def _all_right(
        self,
        enrolled: Sequence[Question],
        questions: Sequence[str | None],
        answers: Sequence[str | None],
        required: int,
    ) -> bool:
        """Compare every answer, also after a wrong one and for questions that do not exist: the time tells nothing."""
        hashes = {folded_answer(question.text): question.answer_hash for question in enrolled}
        asked = [folded_answer(question or "") for question in questions]
        right = [
            self.slow_secrets.matches(hashes.get(question), folded_answer(answer or ""))
            for question, answer in zip(asked, answers, strict=True)
        ]
        return bool(right) and all(right) and len(set(asked)) >= min(required, len(enrolled))

    def _enrolled(self, subject: Subject) -> Sequence[Question]:
        with self.database.read() as session:
            return self.questions.listing(session, subject.user.id if subject.user else 0)

    def _decoys(self, tenant: Tenant, call: Call) -> list[str]:
        domain, username = call.user.key
        digest = keyed_hash(self.keys.current().lookup_key, "decoys", tenant.id, domain, username)
        ranked = sorted(DECOYS, key=lambda text: keyed_hash(digest, text))
        return ranked[: tenant.settings.questions_required]


def _refusal(subject: Subject, enrolled: Sequence[str]) -> Outcome | None:
    """Return why the user has no questions to show, or ``None``."""
    if subject.user is None:
        return Outcome.UNKNOWN_USER
    if Factor.QUESTIONS not in subject.user.factors:
        return Outcome.NOT_ALLOWED
    return None if enrolled else Outcome.NOT_ENROLLED


@dataclass(frozen=True, slots=True)
class QuestionRegister:
    """Enrols questions; for operators."""

    database: Database
    questions: Questions
    users: Users
    slow_secrets: SlowSecrets
    clock: Clock

    def replace(self, call: Call, tenant: Tenant, pairs: Sequence[tuple[str, str]]) -> None:
        """Replace all questions of the user of *call*.

        Args:
            call: Who asks, about which user.
            tenant: The user's tenant.
            pairs: Text and answer of each question, at most 10; texts must differ.  An empty list removes all.

        Raises:
            MalformedRequestError: too many, a text or answer is empty or too long, or two texts are the same.
            NotFoundError: there is no such user.
        """
        if len(pairs) > MOST_QUESTIONS:
            raise MalformedRequestError(f"A user has at most {MOST_QUESTIONS} questions.")
        if len({folded_answer(text) for text, _ in pairs}) != len(pairs):
            raise MalformedRequestError("Two questions are the same.")
        for text, answer in pairs:
            require_text("question", text.strip() or None, longest=LONGEST_NAME)
            require_text("answer", folded_answer(answer) or None, longest=LONGEST_NAME)
        user = require_user(self.database, self.users, call, tenant)
        hashed = [Question(text.strip(), self.slow_secrets.hash(folded_answer(answer))) for text, answer in pairs]
        with self.database.write() as transaction:
            self.questions.replace(transaction, user.id, hashed)
            transaction.record(AuditEvent(EventName.QUESTIONS_SET, DONE, call, self.clock.now()))

    def listing(self, call: Call, tenant: Tenant) -> list[str]:
        """Return the texts of the user's questions.

        Raises:
            NotFoundError: there is no such user.
        """
        user = require_user(self.database, self.users, call, tenant)
        with self.database.read() as session:
            return [question.text for question in self.questions.listing(session, user.id)]
