"""What the authorization server supports, by RFC and section: the source of docs/reference/oauth.md."""

from typing import NamedTuple


class Part(NamedTuple):
    """One part of one specification: where it is done, and the test that tries it."""

    source: str
    what: str
    code: str
    proof: str


_FAPI = "tests/oauth/fapi"
_MTLS = "tests/oauth/mtls"

SUPPORTED: tuple[Part, ...] = (
    Part("FAPI 2.0 Security Profile, 5.2.1", "TLS 1.3, and 1.2 with four suites (BCP 195); HSTS",
         "deploy/web_server.py", f"{_FAPI}/test_as_network.py"),
    Part("FAPI 2.0 Security Profile, 5.3.2.1", "the authorization server's provisions, one test for each",
         "oauth/endpoints/par.py", f"{_FAPI}/test_as_general.py"),
    Part("FAPI 2.0 Security Profile, 5.3.2.2", "the authorization code flow",
         "oauth/endpoints/authorize.py", f"{_FAPI}/test_as_flow.py"),
    Part("FAPI 2.0 Security Profile, 5.3.4", "the resource server's provisions",
         "oauth/dot/token_type.py", f"{_FAPI}/test_rs.py"),
    Part("FAPI 2.0 Security Profile, 5.4", "PS256, ES256, Ed25519; RSA from 2048 bits; 256 random bits",
         "oauth/protocol/jose.py", f"{_FAPI}/test_as_tokens.py"),
    Part("FAPI 2.0 Message Signing", "signed requests, answers and introspection, by the client's policy",
         "oauth/endpoints/request_objects.py", "tests/oauth/message_signing/test_request_objects.py"),
    Part("RFC 6749, 4.1 and 6", "authorization code and refresh token",
         "oauth/dot/server.py", "tests/oauth/hazards/test_20_other_grants.py"),
    Part("RFC 6749, 4.4", "client credentials, for what an app does for itself; no person is in it",
         "oauth/endpoints/own_token.py", "tests/oauth/test_own_tokens.py"),
    Part("RFC 6749, 5.2", "errors as the RFC names them, whatever is sent",
         "oauth/protocol/failures.py", "tests/oauth/test_hostile_everywhere.py"),
    Part("RFC 7009", "revocation of a client's own tokens",
         "oauth/endpoints/revoke.py", "tests/oauth/test_revocation.py"),
    Part("RFC 7523, 3", "`private_key_jwt`, the issuer as the only audience, each assertion once",
         "oauth/protocol/client_assertion.py", "tests/oauth/test_hostile_jose.py"),
    Part("RFC 7591, RFC 7592", "dynamic registration and management, with review by staff",
         "oauth/endpoints/register.py", "tests/oauth/registration/test_register.py"),
    Part("RFC 7591, 2.3", "software statements of issuers the bank trusts",
         "oauth/protocol/software_statement.py", "tests/oauth/registration/test_software_statements.py"),
    Part("RFC 7636", "PKCE, S256 alone", "oauth/protocol/pkce.py", f"{_FAPI}/test_as_flow.py"),
    Part("RFC 7662, RFC 9701", "introspection of a client's own tokens, as JSON or signed",
         "oauth/endpoints/introspect.py", "tests/oauth/message_signing/test_introspection.py"),
    Part("RFC 8414, OpenID Discovery", "metadata: what is supported, and nothing else",
         "oauth/endpoints/metadata.py", "tests/oauth/test_metadata.py"),
    Part("RFC 8705, 2.1", "`tls_client_auth`: chain and subject (DN, or DNS, URI, IP, e-mail)",
         "oauth/protocol/mtls.py", f"{_MTLS}/test_client_authentication.py"),
    Part("RFC 5280, 5 and 6.3", "certificates taken back, by whole lists in a file, failing closed",
         "oauth/protocol/revocation_lists.py", f"{_MTLS}/test_revocation_lists.py"),
    Part("RFC 8705, 2.2", "`self_signed_tls_client_auth`, with `jwks` or `jwks_uri`",
         "oauth/protocol/mtls.py", f"{_MTLS}/test_by_reference.py"),
    Part("RFC 8705, 3", "access tokens bound to a certificate (`x5t#S256`), checked on each request",
         "oauth/dot/token_type.py", f"{_MTLS}/test_bound_tokens.py"),
    Part("RFC 8705, 5", "`mtls_endpoint_aliases`, behind nginx and on a port of the bank's own",
         "deploy/mtls_server.py", f"{_MTLS}/test_real_connections.py"),
    Part("RFC 8707", "`resource`: a token is for the bank's own API, and asked for another one refused",
         "oauth/protocol/resource.py", "tests/oauth/test_resource.py"),
    Part("RFC 8725", "algorithms by allow-list, no key from a header, UTF-8, no member twice",
         "oauth/protocol/jose.py", "tests/oauth/test_hostile_jose.py"),
    Part("RFC 9101", "signed request objects, pushed; never by reference",
         "oauth/endpoints/request_objects.py", "tests/oauth/message_signing/test_request_objects.py"),
    Part("RFC 9126", "pushed authorization requests, demanded",
         "oauth/endpoints/par.py", f"{_FAPI}/test_as_flow.py"),
    Part("RFC 9207", "`iss` in every answer, errors too",
         "oauth/protocol/redirect.py", "tests/oauth/hazards/test_17_issuer_on_errors.py"),
    Part("RFC 9396", "rich authorization requests", "oauth/authorization_details.py",
         "tests/oauth/test_authorization_details.py"),
    Part("RFC 9421", "HTTP message signatures for payments, by the client's policy",
         "oauth/protocol/http_signatures.py", "tests/oauth/message_signing/test_http_signatures.py"),
    Part("RFC 9449, 4 to 7", "DPoP: proofs checked in every part, each used once",
         "oauth/protocol/dpop.py", f"{_FAPI}/test_as_tokens.py"),
    Part("RFC 9449, 8 and 9", "server nonces, where `DPOP_NONCE_SECONDS` asks for them",
         "oauth/protocol/dpop_nonce.py", "tests/oauth/test_dpop_nonces.py"),
    Part("RFC 9449, 10", "the code bound to the key of the proof at PAR, or to `dpop_jkt`",
         "oauth/endpoints/par.py", f"{_FAPI}/test_as_general.py"),
    Part("RFC 9470", "step-up: a payment asks for a fresh second factor",
         "oauth/step_up.py", "tests/oauth/test_step_up.py"),
    Part("RFC 9700", "no rotation, exact redirects, replayed codes end everything",
         "oauth/operations/tokens.py", "tests/oauth/hazards/test_04_replayed_code.py"),
    Part("RFC 9728", "metadata of the protected resource",
         "oauth/endpoints/metadata.py", f"{_FAPI}/test_as_general.py"),
    Part("JARM", "signed authorization responses, by the client's policy",
         "oauth/endpoints/authorization_responses.py", "tests/oauth/message_signing/test_jarm.py"),
    Part("Grant Management for OAuth 2.0", "query, revoke, create, replace and merge grants",
         "oauth/endpoints/grants.py", "tests/oauth/test_grant_management.py"),
    Part("OpenID Connect Core, 2 and 3.1", "ID tokens of the code flow; userinfo tells the subject",
         "oauth/protocol/id_token.py", "tests/oauth/test_sign_in.py"),
    Part("OpenID Connect Core, 3.1.2.1", "`prompt`, `max_age`, `acr_values`, `claims`, `id_token_hint`",
         "oauth/endpoints/asked.py", "tests/oauth/test_step_up.py"),
    Part("OpenID Connect Back-Channel Logout", "told to the apps that asked for it",
         "oauth/operations/logout_notices.py", "tests/oauth/test_backchannel_logout.py"),
    Part("RFC 7517", "the bank's own keys, renewed with an overlap (`manage.py rotate_oauth_keys`)",
         "oauth/signing_keys.py", "tests/oauth/test_key_rotation.py"),
)  # fmt: skip

NOT_SUPPORTED = (
    "client secrets, bearer tokens (but for the sandbox's explorer), implicit, password, device, CIBA and "
    "token exchange grants, request objects by reference, authorization requests by POST, `fragment` and "
    "`form_post` answers, JWT access tokens, authorization details at the token endpoint, RP-initiated logout"
)
