"""Rights over one's data in the words of the API."""

import re
from typing import Any

from rest_framework import serializers

from accounts.models import Customer
from bank.privacy import register
from bank.privacy.masks import masked
from bank.wire.serializers import PatternField, StrictChoiceField, StrictSerializer
from oauth.models import User
from privacy import queries
from privacy.models import DataExport, Erasure, Unmasking
from privacy.operations import GROUNDS, RIGHT_FOR


class ExportSerializer(serializers.Serializer[Any]):
    """A copy of one's data: asked for, made, and until when it can be read."""

    id = serializers.CharField()
    status = serializers.ChoiceField(DataExport.Status.choices)
    requested_at = serializers.DateTimeField()
    made_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    sha256 = serializers.CharField(help_text="Of the document's bytes, in hex; empty until it is made")


def said_export(export: DataExport) -> dict[str, Any]:
    """Return an export as the API says one."""
    as_it_is = ("id", "requested_at", "made_at", "expires_at", "sha256")
    return {**{name: getattr(export, name) for name in as_it_is}, "status": queries.present_status(export)}


class RestrictionOrderSerializer(StrictSerializer):
    """On which ground of Article 18(1) the use of one's data is restricted."""

    ground = StrictChoiceField(choices=GROUNDS)


class RestrictionSerializer(serializers.Serializer[Any]):
    """Whether the use of one's data is restricted, since when and why."""

    restricted_at = serializers.DateTimeField(allow_null=True)
    ground = serializers.CharField(allow_null=True)


def said_restriction(user: User) -> dict[str, Any]:
    """Return a restriction as the API says one."""
    return {"restricted_at": user.restricted_at, "ground": user.restriction_ground or None}


class ErasedSerializer(serializers.Serializer[Any]):
    """What became of one kind of data."""

    what = serializers.CharField()
    how = serializers.CharField()


class KeptSerializer(serializers.Serializer[Any]):
    """What the law keeps, and until when."""

    what = serializers.CharField()
    because = serializers.CharField()
    until = serializers.CharField()


class ErasureSerializer(serializers.Serializer[Any]):
    """That a person was erased, by which event, what is gone, what is kept. Keep it: the login is gone."""

    id = serializers.CharField()
    customer = serializers.CharField()
    erased_at = serializers.DateTimeField()
    event_id = serializers.UUIDField()
    erased = ErasedSerializer(many=True)
    kept = KeptSerializer(many=True)


def said_erasure(erasure: Erasure) -> dict[str, Any]:
    """Return an erasure as the API says one."""
    return {
        "id": erasure.id,
        "customer": erasure.customer_id,
        "erased_at": erasure.erased_at,
        "event_id": str(erasure.event_id),
        **erasure.answer,
    }


class CaseNumberField(PatternField):
    """The number of a case, such as CASE-4711."""

    pattern = re.compile(r"[A-Z]{2,6}-[0-9]{1,10}", re.ASCII)


class UnmaskingOrderSerializer(StrictSerializer):
    """Which field to see in clear, for what purpose, in which case."""

    field = StrictChoiceField(choices=sorted(RIGHT_FOR))
    purpose = StrictChoiceField(choices=Unmasking.Purpose.values)
    case_number = CaseNumberField(max_length=17)


class UnmaskingSerializer(serializers.Serializer[Any]):
    """One field in clear, until when. The customer sees that it was looked at."""

    id = serializers.CharField()
    field = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    purpose = serializers.CharField()
    case_number = serializers.CharField()
    expires_at = serializers.DateTimeField()


def said_unmasking(seen: Unmasking) -> dict[str, Any]:
    """Return what was unmasked as the API says it."""
    value = getattr(seen.customer, seen.field)
    return {
        "id": seen.id,
        "field": seen.field,
        "value": None if value is None else str(value),
        "purpose": seen.purpose,
        "case_number": seen.case_number,
        "expires_at": seen.expires_at,
    }


class MaskedCustomerSerializer(serializers.Serializer[Any]):
    """A customer as staff see one: masked by the register, with what is restricted."""

    id = serializers.CharField()
    given_name = serializers.CharField()
    family_name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    birth_date = serializers.CharField()
    address = serializers.CharField()
    kyc_status = serializers.CharField()
    created_at = serializers.DateTimeField()
    erased_at = serializers.DateTimeField(allow_null=True)
    restriction = RestrictionSerializer()


def said_masked(customer: Customer) -> dict[str, Any]:
    """Return a customer as the API shows one to staff: the register says how each field is masked."""
    fields = register.table("accounts.Customer").about_the_person()
    user = customer.user
    nothing = {"restricted_at": None, "ground": None}
    return {
        **{name: getattr(customer, name) for name in ("id", "kyc_status", "created_at", "erased_at")},
        **{field.name: masked(getattr(customer, field.name), field.mask) for field in fields},
        "restriction": said_restriction(user) if user else nothing,
    }
