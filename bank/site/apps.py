"""The site app: templates, the style sheet, and the pages that belong to no other app."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "bank.site"
    label = "bank_site"


class BankAdminConfig(AdminConfig):
    """Django's admin with the bank's own site; named here, for the site itself needs the models loaded."""

    default_site = "bank.site.admin_site.BankAdminSite"
