// Runs oidc-provider (npm) as the load bench measures it: one process per worker behind one port,
// everything in memory.
//
// Arguments: the port, the number of workers, the client's id and secret, and how many opaque
// access tokens exist from the start. Their texts are `tokenText(0)` and so on, in every worker.

import cluster from 'node:cluster';
import { generateKeyPairSync } from 'node:crypto';

import Provider from 'oidc-provider';

const [port, workers, clientId, clientSecret, tokens] = process.argv.slice(2);
const resource = 'https://api.example.com';

class MemoryAdapter {
  static models = new Map();

  constructor(model) {
    if (!MemoryAdapter.models.has(model)) {
      MemoryAdapter.models.set(model, new Map());
    }
    this.rows = MemoryAdapter.models.get(model);
  }

  async upsert(id, payload) {
    this.rows.set(id, payload);
  }

  async find(id) {
    return this.rows.get(id);
  }

  async findByUid() {
    return undefined;
  }

  async findByUserCode() {
    return undefined;
  }

  async consume(id) {
    this.rows.get(id).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    this.rows.delete(id);
  }

  async revokeByGrantId() {}
}

function tokenText(number) {
  return String(number).padStart(43, 'a');
}

// The texts are known to the bench, so rows are copied from a token that the library made.
async function makeTokens(provider) {
  const client = await provider.Client.find(clientId);
  const made = await new provider.ClientCredentials({ client, scope: 'read' }).save();
  const { rows } = new MemoryAdapter('ClientCredentials');
  const row = rows.get(made);
  for (let number = 0; number < Number(tokens); number += 1) {
    rows.set(tokenText(number), { ...row, jti: tokenText(number) });
  }
}

async function serve() {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    adapter: MemoryAdapter,
    clients: [{
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
      id_token_signed_response_alg: 'ES256',
    }],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: ['the bench sets no cookies'] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          audience: resource,
          jwt: { sign: { alg: 'ES256' } },
          scope: 'read',
        }),
      },
    },
    jwks: { keys: [JSON.parse(process.env.BENCH_JWK)] },
    scopes: ['read'],
    ttl: { ClientCredentials: 3600 },
  });
  await makeTokens(provider);
  provider.listen(Number(port), '127.0.0.1');
}

if (cluster.isPrimary) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' };
  for (let worker = 0; worker < Number(workers); worker += 1) {
    cluster.fork({ BENCH_JWK: JSON.stringify(key) });
  }
  process.on('SIGTERM', () => process.exit(0));
} else {
  process.on('disconnect', () => process.exit(0));
  await serve();
}
