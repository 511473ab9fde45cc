"""What accounts keep of people, and why."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import CLOSED_CUSTOMER, LEDGER, AtErasure, Basis, Retention

_HOLDER = "account__holders__customer__user"
_OWN = ("owner", "joint")  # who only may look at an account has no data of their own there
_BOOKS = "Art. 17(3)(b): the books are kept ten years; what stays names nobody but by an id"
_WRITTEN = "found by its words and kept with the entry; what it says is the writer's choice"
_SEARCHED = Retention("while somebody holds the account", ended_by="the erasure of who holds it")
_ROW = "version last_event_id"

declare(
    "accounts.Customer",
    purpose="to know whom the bank deals with, and to reach them",
    basis=Basis.LEGAL_DUTY,
    retention=CLOSED_CUSTOMER,
    subject="user",
    at_erasure=AtErasure.DESTROYED,
    personal={
        "given_name": Mask.INITIALS,
        "family_name": Mask.INITIALS,
        "email": Mask.EMAIL,
        "phone": Mask.LAST_TWO,
        "birth_date": Mask.HIDDEN,
        "address": Mask.HIDDEN,
    },
    technical=f"id user kyc_status created_at erased_at {_ROW}",
    hidden="data_key email_index",
    ended_by="erasure, by itself, so long after the last account closed",
)
declare(
    "accounts.Account",
    purpose="to keep money for its holders",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject="holders__customer__user",
    at_erasure=AtErasure.BLANKED,
    personal={"iban": Mask.TAIL, "name": Mask.SHOWN, "last4": Mask.SHOWN},
    financial={"booked": Mask.SHOWN, "held": Mask.SHOWN, "overdraft_limit": Mask.SHOWN},
    technical=f"id kind currency status last_seq last_booked_at opened_at closed_at {_ROW}",
    hidden="iban_index",
    in_clear="the last four of the number, and what its owner calls it",
    kept_because=_BOOKS,
    emptied={"name": "", "iban": None, "iban_index": None, "last4": ""},
    only={"holders__role__in": _OWN},
)
declare(
    "accounts.AccountHolder",
    purpose="whose an account is, and as what",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject="customer__user",
    at_erasure=AtErasure.KEPT,
    technical="id account customer role",
    kept_because=_BOOKS,
)
declare(
    "accounts.ConsentAccount",
    purpose="what a customer said about an account in a consent",
    basis=Basis.CONSENT,
    retention=LEDGER,
    subject="consent__user",
    at_erasure=AtErasure.KEPT,
    technical="id consent account state reason changed_at",
    kept_because="Art. 17(3)(e): that there was a consent, and what it covered, can be disputed",
)
declare(
    "accounts.Posting",
    purpose="double-entry bookkeeping: why money was booked",
    basis=Basis.LEGAL_DUTY,
    retention=LEDGER,
    subject="entries__account__holders__customer__user",
    at_erasure=AtErasure.KEPT,
    financial={"reference": Mask.SHOWN, "merchant_name": Mask.SHOWN, "merchant_category_code": Mask.SHOWN},
    technical="id kind audit_event_id legs reverses booked_at",
    in_clear=_WRITTEN,
    kept_because=_BOOKS,
    only={"entries__account__holders__role__in": _OWN},
)
declare(
    "accounts.Entry",
    purpose="double-entry bookkeeping: the lines of an account",
    basis=Basis.LEGAL_DUTY,
    retention=LEDGER,
    subject=_HOLDER,
    at_erasure=AtErasure.KEPT,
    financial={"direction": Mask.SHOWN, "amount": Mask.SHOWN, "balance_after": Mask.SHOWN},
    technical="id posting leg account seq currency booked_at",
    kept_because=_BOOKS,
    only={"account__holders__role__in": _OWN},
)
declare(
    "accounts.Hold",
    purpose="money set aside for somebody",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject=_HOLDER,
    at_erasure=AtErasure.KEPT,
    financial={"amount": Mask.SHOWN, "captured": Mask.SHOWN, "reference": Mask.SHOWN},
    technical=f"id account creditor_account currency status placed_at expires_at ended_at user {_ROW}",
    in_clear=_WRITTEN,
    kept_because=_BOOKS,
    only={"account__holders__role__in": _OWN},
)
declare(
    "accounts.Statement",
    purpose="what an account held in a month, fixed for good",
    basis=Basis.LEGAL_DUTY,
    retention=LEDGER,
    subject=_HOLDER,
    at_erasure=AtErasure.KEPT,
    financial={
        "opening_balance": Mask.SHOWN,
        "closing_balance": Mask.SHOWN,
        "credit_count": Mask.SHOWN,
        "credit_total": Mask.SHOWN,
        "debit_count": Mask.SHOWN,
        "debit_total": Mask.SHOWN,
    },
    technical="id account begins_on ends_on first_seq last_seq currency sha256 made_at last_event_id",
    kept_because=_BOOKS,
    only={"account__holders__role__in": _OWN},
)
declare(
    "accounts.SearchIndex",
    purpose="that a long history can be searched: how far it is indexed",
    basis=Basis.CONTRACT,
    retention=_SEARCHED,
    subject=_HOLDER,
    at_erasure=AtErasure.DELETED,
    technical="account block fan letters page built summed",
    only={"account__holders__role__in": _OWN},
)
declare(
    "accounts.SearchAmounts",
    purpose="that a long history can be searched: the smallest and largest amounts of its parts",
    basis=Basis.CONTRACT,
    retention=_SEARCHED,
    subject=f"index__{_HOLDER}",
    at_erasure=AtErasure.DELETED,
    financial={
        "least_credit": Mask.SHOWN,
        "most_credit": Mask.SHOWN,
        "least_debit": Mask.SHOWN,
        "most_debit": Mask.SHOWN,
    },
    technical="index level number",
    in_clear="nothing that does not lie in clear in the entries it is made of",
    left_out="made of the amounts that are shown with the entries",
    only={"index__account__holders__role__in": _OWN},
)
declare(
    "accounts.SearchPage",
    purpose="that a long history can be searched: what is written in it, cut up and sorted",
    basis=Basis.CONTRACT,
    retention=_SEARCHED,
    subject=f"index__{_HOLDER}",
    at_erasure=AtErasure.DELETED,
    financial={"first": Mask.SHOWN, "endings": Mask.SHOWN},
    technical="index level number",
    in_clear="nothing that does not lie in clear in the postings it is made of",
    left_out="made of the references and merchants' names that are shown with the postings",
    only={"index__account__holders__role__in": _OWN},
)
