"""What payments keep of people, and why."""

from bank.privacy.masks import Mask
from bank.privacy.register import declare
from bank.privacy.words import IN_USE, LEDGER, AtErasure, Basis

_OWN = ("owner", "joint")  # who only may look at an account has no data of their own there
_PAYER = "debtor_account__holders__customer__user"
_BOOKS = "Art. 17(3)(b): who was paid what is kept with the books (Regulation (EU) 2023/1113, Article 26)"
_WRITTEN = "found by its words and kept with the entry; what it says is the writer's choice"
_ROW = "version last_event_id"

declare(
    "payments.Payment",
    purpose="to carry out an order to move money, and to prove what became of it",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject=_PAYER,
    at_erasure=AtErasure.KEPT,
    personal={"creditor_name": Mask.INITIALS, "creditor_iban": Mask.TAIL},
    financial={
        "amount": Mask.SHOWN,
        "fee": Mask.SHOWN,
        "credited_amount": Mask.SHOWN,
        "reference": Mask.SHOWN,
        "end_to_end_id": Mask.SHOWN,
    },
    technical="id kind status reason_code refusal debtor_account creditor_account currency posting original "
    f"user consent uses_up_consent batch batch_item fx_quote credited_currency created_at {_ROW}",
    in_clear=_WRITTEN,
    kept_because=_BOOKS,
    only={"debtor_account__holders__role__in": _OWN},
)
declare(
    "payments.FxRate",
    purpose="to exchange money",
    basis=Basis.NO_PERSON,
    retention=IN_USE,
    at_erasure=AtErasure.NOBODY,
    technical=f"id unit_currency quoted_currency rate changed_at {_ROW}",
)
declare(
    "payments.FeeRule",
    purpose="to say what a payment costs, and charge it",
    basis=Basis.NO_PERSON,
    retention=IN_USE,
    at_erasure=AtErasure.NOBODY,
    technical=f"id kind currency fixed basis_points least most changed_at {_ROW}",
)
declare(
    "payments.FxQuote",
    purpose="to hold a rate for one payment, and to prove at which it was made",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject="user",
    at_erasure=AtErasure.KEPT,
    financial={"sell": Mask.SHOWN, "buy": Mask.SHOWN, "least": Mask.SHOWN},
    technical="id user consent unit_currency quoted_currency rate rounding_difference expires_at used_at "
    f"created_at {_ROW}",
    kept_because=_BOOKS,
)
declare(
    "payments.PaymentLimit",
    purpose="that an account pays no more than its holder wants",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject="account__holders__customer__user",
    at_erasure=AtErasure.KEPT,
    financial={"per_payment": Mask.SHOWN, "per_day": Mask.SHOWN, "spent": Mask.SHOWN},
    technical=f"account spent_on {_ROW}",
    kept_because=_BOOKS,
)
declare(
    "payments.Payee",
    purpose="to pay somebody again without writing the number again, and to know that the name is right",
    basis=Basis.CONTRACT,
    retention=IN_USE,
    subject="customer__user",
    at_erasure=AtErasure.DESTROYED,
    personal={"name": Mask.INITIALS, "iban": Mask.TAIL},
    technical=f"id customer check_result checked_at created_at {_ROW}",
    hidden="iban_index",
)
declare(
    "payments.PaymentBatch",
    purpose="to pay many at once, exactly those that were announced",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject=_PAYER,
    at_erasure=AtErasure.KEPT,
    financial={"control_sum": Mask.SHOWN},
    technical="id mode status debtor_account number_of_transactions currency sha256 user announced_at "
    f"executed_at {_ROW}",
    kept_because=_BOOKS,
)
declare(
    "payments.StandingOrder",
    purpose="to pay the same again, or later",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject=_PAYER,
    at_erasure=AtErasure.KEPT,
    personal={"creditor_name": Mask.INITIALS, "creditor_iban": Mask.TAIL},
    financial={"amount": Mask.SHOWN, "reference": Mask.SHOWN},
    technical="id debtor_account creditor_account currency frequency interval weekend starts_on ends_on "
    f"status next_due_on next_run_on user created_at ended_at {_ROW}",
    in_clear=_WRITTEN,
    kept_because=_BOOKS,
    only={"debtor_account__holders__role__in": _OWN},
)
declare(
    "payments.StandingOrderRun",
    purpose="that a due date was paid once",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject="order__debtor_account__holders__customer__user",
    at_erasure=AtErasure.KEPT,
    technical="id order due_on payment ran_at",
    kept_because=_BOOKS,
    only={"order__debtor_account__holders__role__in": _OWN},
)
declare(
    "payments.RailTransfer",
    purpose="what the rail was told of a payment to another bank, and what it said",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject=f"payment__{_PAYER}",
    at_erasure=AtErasure.KEPT,
    technical="payment hold state tries next_try_at cancel_asked_at settled_on returned_on heard_at",
    kept_because=_BOOKS,
)
declare(
    "payments.RailDay",
    purpose="to compare every day of the rail's book with ours, and none for ever",
    basis=Basis.NO_PERSON,
    retention=IN_USE,
    at_erasure=AtErasure.NOBODY,
    technical="day lines differences compared_at",
)
declare(
    "payments.IncomingPayment",
    purpose="to book a payment from another bank, or to send it back, once",
    basis=Basis.CONTRACT,
    retention=LEDGER,
    subject="account__holders__customer__user",
    at_erasure=AtErasure.KEPT,
    personal={"debtor_name": Mask.INITIALS, "debtor_iban": Mask.TAIL, "creditor_iban": Mask.TAIL},
    financial={"amount": Mask.SHOWN, "reference": Mask.SHOWN, "end_to_end_id": Mask.SHOWN},
    technical="id rail_id status reason_code account currency posting settled_on received_at returned_on "
    "tries next_try_at last_event_id",
    in_clear=_WRITTEN,
    kept_because=_BOOKS,
)
