"""A person with a data key and a note about them: two tables of these tests' own, in their own schema."""

from django.db import models

from bank.crypto.blind_index import BlindIndexField, compact
from bank.crypto.fields import DataKeyField, EncryptedDateField, EncryptedTextField
from bank.public_ids import PublicIdField


class Person(models.Model):
    """A person with everything that can be encrypted."""

    id = PublicIdField(prefix="per", primary_key=True)
    data_key = DataKeyField()
    name = EncryptedTextField(key_from="data_key", null=True)
    nickname = EncryptedTextField(key_from="data_key", null=True)
    name_index = BlindIndexField(of="name")
    iban = EncryptedTextField(null=True)
    iban_index = BlindIndexField(of="iban", normalise=compact)
    born_on = EncryptedDateField(key_from="data_key", null=True)

    class Meta:
        app_label = "crypto_tests"
        db_table = 'crypto_tests"."person'


class Note(models.Model):
    """Text about a person, sealed with that person's key."""

    id = PublicIdField(prefix="nte", primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notes", db_constraint=False)
    text = EncryptedTextField(key_from="person.data_key")

    class Meta:
        app_label = "crypto_tests"
        db_table = 'crypto_tests"."note'
