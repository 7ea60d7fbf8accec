"""Settings: one frozen object, read once at the start from the environment or one TOML file.

``VALIDATE_SERVICE_DATA_DIR`` sets ``data_dir``, ``VALIDATE_SERVICE_SMTP_HOST`` the key ``host`` of the table ``smtp``,
and so on; ``VALIDATE_SERVICE_CONFIG`` names the TOML file, whose keys are the fields' names.  The environment wins, key
by key.  What is unknown or bad stops the start with one line.

``settings`` says what may be set, ``values`` what each value must look like, ``reading`` reads them.
"""

from validate_service.config.reading import FILE_VARIABLE, PREFIX, SettingsError, read_settings
from validate_service.config.settings import (
    DEFAULT_BIND,
    FORM_ACCESS,
    LOG_LEVELS,
    LOOPBACK_HOSTS,
    PLACEHOLDERS,
    GatewaySettings,
    Network,
    PushSettings,
    Security,
    Settings,
    SmtpSettings,
)

__all__ = [
    "DEFAULT_BIND",
    "FILE_VARIABLE",
    "FORM_ACCESS",
    "LOG_LEVELS",
    "LOOPBACK_HOSTS",
    "PLACEHOLDERS",
    "PREFIX",
    "GatewaySettings",
    "Network",
    "PushSettings",
    "Security",
    "Settings",
    "SettingsError",
    "SmtpSettings",
    "read_settings",
]
