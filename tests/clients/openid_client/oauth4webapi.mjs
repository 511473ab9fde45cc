// oauth4webapi, unchanged: the protocol step by step, with every check the library makes of an answer.
//
// It speaks as script.mjs does: one line of JSON for each step, {"open": url} where a person is needed.

import { createInterface } from "node:readline/promises";
import * as oauth from "oauth4webapi";

const bank = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (step, facts = {}) => console.log(JSON.stringify({ step, ...facts }));

const issuer = new URL(bank.issuer);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2" }));
say("discovery", { issuer: as.issuer });

const { kid, use, alg, key_ops, ...bare } = bank.private_jwk;
const algorithm = bare.kty === "EC" ? { name: "ECDSA", namedCurve: "P-256" } : { name: "RSA-PSS", hash: "SHA-256" };
const key = { key: await crypto.subtle.importKey("jwk", bare, algorithm, false, ["sign"]), kid };
const client = { client_id: bank.client_id };
const authentication = oauth.PrivateKeyJwt(key);
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair("ES256"));

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const nonce = oauth.generateRandomNonce();
const wanted = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: bank.redirect_uri,
  response_type: "code",
  scope: bank.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: "S256",
  state,
  nonce,
});
const pushing = await oauth.pushedAuthorizationRequest(as, client, authentication, wanted, { DPoP });
const pushed = await oauth.processPushedAuthorizationResponse(as, client, pushing);
say("pushed", { expires_in: pushed.expires_in });

const url = new URL(as.authorization_endpoint);
url.search = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
console.log(JSON.stringify({ open: url.href }));
const answer = oauth.validateAuthResponse(as, client, new URL((await lines.next()).value), state);

const redeeming = await oauth.authorizationCodeGrantRequest(
  as, client, authentication, answer, bank.redirect_uri, verifier, { DPoP },
);
const tokens = await oauth.processAuthorizationCodeResponse(as, client, redeeming, {
  expectedNonce: nonce,
  requireIdToken: true,
});
await oauth.validateApplicationLevelSignature(as, redeeming);
say("tokens", { token_type: tokens.token_type, subject: oauth.getValidatedIdTokenClaims(tokens).sub });

const info = await oauth.processUserInfoResponse(
  as, client, oauth.getValidatedIdTokenClaims(tokens).sub,
  await oauth.userInfoRequest(as, client, tokens.access_token, { DPoP }),
);
say("userinfo", { subject: info.sub });

const api = await oauth.protectedResourceRequest(
  tokens.access_token, "GET", new URL(bank.resource), new Headers(), null, { DPoP },
);
say("api", { status: api.status });

const refreshing = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, { DPoP });
const more = await oauth.processRefreshTokenResponse(as, client, refreshing);
say("refresh", { token_type: more.token_type });

const asking = await oauth.introspectionRequest(as, client, authentication, more.access_token);
say("introspection", { active: (await oauth.processIntrospectionResponse(as, client, asking)).active });

await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, authentication, tokens.refresh_token),
);
say("done");
process.exit(0);
