"""The site app: templates, the style sheet, and the pages that belong to no other app."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.models import Model


class SiteConfig(AppConfig):
    name = "bank.site"
    label = "bank_site"

    def ready(self) -> None:
        """Name each row by its id where its model has no words of its own: staff read it in titles."""
        for model in self.apps.get_models():  # type: ignore[union-attr]
            if model.__str__ is Model.__str__:
                model.__str__ = _id_of  # type: ignore[method-assign]


class BankAdminConfig(AdminConfig):
    """Django's admin with the bank's own site; named here, for the site itself needs the models loaded."""

    default_site = "bank.site.admin_site.BankAdminSite"


def _id_of(row: Model) -> str:
    return str(row.pk)
