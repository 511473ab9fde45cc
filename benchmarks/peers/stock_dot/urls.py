"""The library's own URLs, mounted where its tutorial mounts them."""

from django.urls import include, path
from oauth2_provider import urls

urlpatterns = [path("o/", include(urls))]
