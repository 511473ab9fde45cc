"""A customer's own data, and where staff see a field in clear."""

from django.urls import path

from privacy.pages import copies, own_data, restricting, unmasking

urlpatterns = [
    path("account/data/", own_data.own_data, name="own-data"),
    path("account/data/exports/", copies.ask_for_export, name="ask-for-export"),
    path("account/data/exports/<str:export_id>/", copies.download, name="download-export"),
    path("account/data/restriction/", restricting.restrict, name="restrict-use"),
    path("account/data/restriction/lift/", restricting.lift, name="lift-restriction"),
    path("account/data/erase/", own_data.erase, name="erase-me"),
    path("staff/customers/<str:customer_id>/unmask/", unmasking.ask, name="unmask-field"),
    path("staff/customers/<str:customer_id>/unmask/show/", unmasking.show, name="unmasked-field"),
]
