"""What accounts register with the consent page (RFC 9396): `account_information` and `funds_confirmation`."""

from accounts.authorization_details.funds import FundsConfirmation
from accounts.authorization_details.information import AccountInformation
from accounts.authorization_details.named import NamesAccounts, choice_of

__all__ = ["AccountInformation", "FundsConfirmation", "NamesAccounts", "choice_of"]
