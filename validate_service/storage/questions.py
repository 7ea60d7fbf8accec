"""Security questions in the database."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from validate_service.core.model import Question
from validate_service.core.ports import Session, Transaction
from validate_service.storage.sessions import Statement, insert_of, own
from validate_service.storage.tables import questions

_OF_USER = questions.c.user_id == bindparam("user_id")
_LISTING = Statement(select(questions.c.text, questions.c.answer_hash).where(_OF_USER).order_by(questions.c.position))
_CLEAR = Statement(delete(questions).where(_OF_USER))
_ADD = Statement(insert_of(questions, "user_id", "position", "text", "answer_hash"))


class QuestionTable:
    """Implements the port ``Questions``."""

    def listing(self, session: Session, user_id: int) -> Sequence[Question]:
        """Return the user's questions in the order of enrolment."""
        return [Question(*row) for row in own(session).rows(_LISTING, user_id=user_id)]

    def replace(self, transaction: Transaction, user_id: int, questions: Sequence[Question]) -> None:
        """Replace all questions of the user."""
        session = own(transaction)
        session.change(_CLEAR, user_id=user_id)
        for position, question in enumerate(questions):
            session.change(
                _ADD, user_id=user_id, position=position, text=question.text, answer_hash=question.answer_hash
            )
