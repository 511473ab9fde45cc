"""What allauth, django-axes and Django OAuth Toolkit keep."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import FAILED_SIGN_IN, IN_USE, NOTHING, AtErasure, Basis

_AXES = "axes counts failures by name and address, and compares them in the database"

declare(
    "mfa.Authenticator",
    purpose="second factors: passkeys, codes",
    basis=Basis.CONTRACT,
    retention=IN_USE,
    subject="user",
    at_erasure=AtErasure.DELETED,
    personal={"type": Mask.SHOWN, "created_at": Mask.SHOWN, "last_used_at": Mask.SHOWN},
    technical="id user",
    hidden="data",
    in_clear="which kind and since when; what it knows is sealed",
)
declare(
    "axes.AccessAttempt",
    purpose="to count failed sign-ins",
    basis=Basis.INTEREST,
    retention=FAILED_SIGN_IN,
    subject="username",
    at_erasure=AtErasure.DELETED,
    personal={
        "username": Mask.INITIALS,
        "ip_address": Mask.HIDDEN,
        "user_agent": Mask.SHOWN,
        "attempt_time": Mask.SHOWN,
    },
    technical="id http_accept path_info failures_since_start",
    hidden="get_data post_data",
    in_clear=_AXES,
    subject_is="username",
    aged_by="attempt_time",
)
declare(
    "axes.AccessAttemptExpiration",
    purpose="to count failed sign-ins",
    basis=Basis.INTEREST,
    retention=FAILED_SIGN_IN,
    subject="access_attempt__username",
    at_erasure=AtErasure.DELETED,
    technical="access_attempt expires_at",
    subject_is="username",
    aged_by="expires_at",
)
declare(
    "axes.AccessFailureLog",
    purpose="switched off",
    retention=NOTHING,
    technical="id user_agent ip_address username http_accept path_info attempt_time locked_out",
)
declare(
    "axes.AccessLog",
    purpose="switched off",
    retention=NOTHING,
    technical="id user_agent ip_address username http_accept path_info attempt_time logout_time session_hash",
)
declare(
    "account.EmailAddress",
    purpose="not used: addresses are the customer's, sealed",
    retention=NOTHING,
    technical="id user email verified primary",
)
declare(
    "account.EmailConfirmation",
    purpose="not used",
    retention=NOTHING,
    technical="id email_address created sent key",
)
declare(
    "oauth2_provider.DeviceGrant",
    purpose="not mounted",
    retention=NOTHING,
    technical="id user device_code user_code scope interval expires status client_id last_checked",
)
