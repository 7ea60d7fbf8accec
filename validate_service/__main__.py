"""``python -m validate_service`` is ``validate-service``."""

from validate_service.cli.main import main

main()
