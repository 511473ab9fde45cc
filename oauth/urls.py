"""The addresses of the authorization server and of its metadata."""

from django.urls import include, path

from oauth.endpoints.authorize import authorize
from oauth.endpoints.grants import grants
from oauth.endpoints.introspect import introspect
from oauth.endpoints.metadata import jwks, resource_metadata, server_metadata
from oauth.endpoints.par import par
from oauth.endpoints.register import manage, register
from oauth.endpoints.revoke import revoke
from oauth.endpoints.token import token
from oauth.endpoints.userinfo import userinfo

urlpatterns = [
    path("oauth/authorize", authorize, name="oauth-authorize"),
    path("oauth/par", par, name="oauth-par"),
    path("oauth/token", token, name="oauth-token"),
    path("oauth/userinfo", userinfo, name="oauth-userinfo"),
    path("oauth/revoke", revoke, name="oauth-revoke"),
    path("oauth/introspect", introspect, name="oauth-introspect"),
    path("oauth/grants", grants, name="oauth-all-grants"),
    path("oauth/grants/<str:grant_id>", grants, name="oauth-grants"),
    path("oauth/register", register, name="oauth-register"),
    path("oauth/register/<str:client_id>", manage, name="oauth-registration"),
    path(".well-known/openid-configuration", server_metadata, name="openid-configuration"),
    path(".well-known/oauth-authorization-server", server_metadata, name="oauth-authorization-server"),
    path(".well-known/oauth-protected-resource", resource_metadata, name="oauth-protected-resource"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("v1/", include("oauth.api.urls")),
]
