// A certified client (npm's openid-client, unchanged) walks the whole FAPI 2.0 path against a running bank.
//
// It says each step as one line of JSON on standard output. Where a person is needed it says {"open": url} and
// reads the address the bank sent the browser back to from standard input.

import { createInterface } from "node:readline/promises";
import * as client from "openid-client";

const bank = JSON.parse(process.argv[2]);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (step, facts = {}) => console.log(JSON.stringify({ step, ...facts }));

async function person(url) {
  console.log(JSON.stringify({ open: url.href }));
  return new URL((await lines.next()).value);
}

async function key(jwk) {
  const algorithm =
    jwk.kty === "EC" ? { name: "ECDSA", namedCurve: "P-256" } : { name: "RSA-PSS", hash: "SHA-256" };
  const { kid, use, alg, key_ops, ...bare } = jwk;
  return { key: await crypto.subtle.importKey("jwk", bare, algorithm, false, ["sign"]), kid };
}

async function refused(step, action) {
  try {
    await action();
    say(step, { refused: false });
  } catch (error) {
    say(step, { refused: true, error: error.error ?? error.cause?.[0]?.parameters?.error ?? error.code });
  }
}

const config = await client.discovery(
  new URL(bank.issuer),
  bank.client_id,
  { use_mtls_endpoint_aliases: false },
  client.PrivateKeyJwt(await key(bank.private_jwk)),
);
say("discovery", { issuer: config.serverMetadata().issuer });

const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

async function authorize(checks) {
  return client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: bank.redirect_uri,
      scope: bank.scope,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: "S256",
      state: checks.expectedState,
      nonce: checks.expectedNonce,
    },
    { DPoP },
  );
}

function newChecks() {
  return {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
}

const checks = newChecks();
const url = await authorize(checks);
say("pushed", { parameters: [...url.searchParams.keys()].sort() });

const callback = await person(url);
const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP });
say("tokens", { token_type: tokens.token_type, expires_in: tokens.expires_in, subject: tokens.claims().sub });

const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
say("userinfo", { subject: info.sub });

const api = (token) =>
  client.fetchProtectedResource(config, token, new URL(bank.resource), "GET", undefined, undefined, { DPoP });
say("api", { status: (await api(tokens.access_token)).status });

const more = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
say("refresh", { token_type: more.token_type, same: more.refresh_token === tokens.refresh_token });
say("api again", { status: (await api(more.access_token)).status });

const told = await client.tokenIntrospection(config, more.access_token);
say("introspection", { active: told.active });

await client.tokenRevocation(config, tokens.refresh_token);
say("revocation");
await refused("api after revocation", () => api(more.access_token));
await refused("refresh after revocation", () =>
  client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }),
);
await refused("replayed code", () => client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP }));

const secondChecks = newChecks();
const refusal = await person(await authorize(secondChecks));
await refused("person refuses", () =>
  client.authorizationCodeGrant(config, refusal, secondChecks, undefined, { DPoP }),
);
say("done");
process.exit(0);
