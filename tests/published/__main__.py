"""``python -m tests.published``: make all published files again."""

from tests.published.files import PUBLISHED, ROOT

for path, make in PUBLISHED.items():
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(make(), "utf-8")
    print(path.relative_to(ROOT))
