// npm's oidc-provider over TLS, everything it keeps in memory: told by one line of JSON what to serve.
//
// Then one line on standard input, a number, is answered by one line with that many authorization codes.
import crypto from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import readline from 'node:readline';

import { Provider } from 'oidc-provider';

const ACCOUNT = 'alice';
const CODE_SECONDS = 600;

// Its own store in memory keeps a thousand entries and forgets the oldest: a round needs more codes than that.
class Memory {
  static rows = new Map();

  constructor(kind) {
    this.kind = kind;
  }

  key(id) {
    return `${this.kind}:${id}`;
  }

  async upsert(id, row) {
    Memory.rows.set(this.key(id), row);
  }

  async find(id) {
    return Memory.rows.get(this.key(id));
  }

  async findByUid() {}

  async findByUserCode() {}

  async consume(id) {
    Memory.rows.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    Memory.rows.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const [key, row] of Memory.rows) if (row.grantId === grantId) Memory.rows.delete(key);
  }
}

function providerOf(told) {
  return new Provider(told.origin, {
    adapter: Memory,
    clients: [{
      client_id: told.client_id,
      redirect_uris: [told.redirect_uri],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      id_token_signed_response_alg: 'ES256',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      dpop_bound_access_tokens: true,
      jwks: { keys: [told.client_jwk] },
    }],
    clientAuthMethods: ['private_key_jwt'],
    cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
    features: { devInteractions: { enabled: false }, dPoP: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    issueRefreshToken: () => true,
    jwks: { keys: [told.signing_jwk] },
    pkce: { required: () => true },
    ttl: { AccessToken: 300, AuthorizationCode: CODE_SECONDS, Grant: 86400, IdToken: 300, RefreshToken: 86400 },
  });
}

async function codeOf(provider, client, told) {
  const grant = new provider.Grant({ accountId: ACCOUNT, clientId: client.clientId });
  grant.addOIDCScope('openid');
  const code = new provider.AuthorizationCode({
    accountId: ACCOUNT,
    authTime: Math.floor(Date.now() / 1000),
    claims: {},
    client,
    codeChallenge: told.code_challenge,
    codeChallengeMethod: 'S256',
    grantId: await grant.save(),
    gty: 'authorization_code',
    nonce: 'n'.repeat(32),
    redirectUri: told.redirect_uri,
    scope: 'openid',
  });
  return code.save();
}

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = JSON.parse((await lines.next()).value);
const provider = providerOf(told);
const tls = { cert: fs.readFileSync(told.cert), key: fs.readFileSync(told.key), minVersion: 'TLSv1.2' };
const server = https.createServer({ ...tls, keepAliveTimeout: 75_000 }, provider.callback());
server.listen(told.port, '127.0.0.1', () => console.log(JSON.stringify('listening')));
const client = await provider.Client.find(told.client_id);
for (let line = await lines.next(); !line.done; line = await lines.next()) {
  const codes = [];
  for (let made = 0; made < Number(line.value); made += 1) codes.push(await codeOf(provider, client, told));
  console.log(JSON.stringify(codes));
}
process.exit(0);
