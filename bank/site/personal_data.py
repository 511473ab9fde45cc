"""What Django's own apps keep, but for sign-in."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import IN_USE, NOTHING, SESSION, STAFF, AtErasure, Basis

declare(
    "admin.LogEntry",
    purpose="what staff wrote in the admin; the audit log is the record",
    basis=Basis.INTEREST,
    retention=STAFF,
    personal={"object_repr": Mask.HIDDEN, "change_message": Mask.HIDDEN},
    technical="id action_time user content_type object_id action_flag",
    subject="user",
    at_erasure=AtErasure.DELETED,
    in_clear="names objects by id and fields by name: the admin shows personal values masked",
)
declare(
    "sessions.Session",
    purpose="a page knows who it is shown to",
    basis=Basis.CONTRACT,
    retention=SESSION,
    technical="expire_date",
    hidden="session_key session_data",
    at_erasure=AtErasure.DELETED,
    ended_by="oauth.sweep",
)
declare(
    "contenttypes.ContentType", purpose="names of tables", retention=IN_USE, technical="id app_label model"
)
declare(
    "auth.Permission",
    purpose="Django's own rights",
    retention=NOTHING,
    technical="id name content_type codename",
)
declare("auth.Group", purpose="Django's own groups", retention=NOTHING, technical="id name")
declare(
    "auth.Group_permissions",
    purpose="Django's own groups",
    retention=NOTHING,
    technical="id group permission",
)
