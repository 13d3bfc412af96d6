import type { NodeConnectionOptions } from '@nats-io/transport-node';

/**
 * What the library is to be told of addresses like `nats://user:password@host:4222`: it reads no credentials from them.
 * Those of the first one are for all, as is whether the connection has to be encrypted.
 *
 * @param urls `nats:` or `tls:`; a user without a password is a token
 */
export function connectionOptions(urls: readonly string[]): NodeConnectionOptions {
  const parsed = urls.map((url) => new URL(url));
  const [first] = parsed;
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers: parsed.map(({ hostname, port }) => `${hostname}:${port || 4222}`),
    ...(user !== '' && (pass === '' ? { token: user } : { user, pass })),
    ...(parsed.some(({ protocol }) => protocol === 'tls:') && { tls: {} }),
  };
}
