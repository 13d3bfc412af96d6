/** Which servers may be called, and how: names are looked up and judged before anything is sent to them. */
import { isIP } from 'node:net';
import { type ConnectionOptions, rootCertificates } from 'node:tls';
import { addressJudge } from '../../delivery/http/networks.ts';
import type { SenderHost } from '../channel.ts';
import type { Tls } from './config.ts';

/** A server that may be called. */
export interface Target {
  /** The IP address: looked up again, the name could have another one. */
  address: string;
  port: number;
  /** What its certificate is for; undefined where only the address is known. */
  name: string | undefined;
}

/** A server that this one will not talk to; for people. */
export class NotAllowed extends Error {}

const isInner = addressJudge([]);

/** @throws NotAllowed, or what looking up a name throws */
export async function targetFor(
  host: Pick<SenderHost, 'lookup' | 'forbids'>,
  { server, port, tls }: { server: string; port: number; tls: Tls },
): Promise<Target> {
  const literal = server.replace(/^\[|\]$/g, '');
  const isLiteral = isIP(literal) !== 0;
  const address = isLiteral ? literal : await addressOf(host, server);
  const reason = host.forbids(address);
  if (reason !== undefined) throw new NotAllowed(`${server} must not be called: ${reason}.`);
  // What may be called and is not public is this machine, or a network that the operator named.
  if (tls === 'off' && isInner(address) === undefined) {
    throw new NotAllowed(`${server} is not within the own network, and nothing is sent there without TLS.`);
  }
  return { address, port, name: isLiteral ? undefined : server };
}

/** Certificates beside those that everybody trusts. */
export function trust(certificates: string | undefined): ConnectionOptions {
  return { minVersion: 'TLSv1.2', ...(certificates !== undefined && { ca: [...rootCertificates, certificates] }) };
}

/** The first address of the fourth version of the protocol if there is one: mail servers all have it. */
function addressOf({ lookup }: Pick<SenderHost, 'lookup'>, server: string): Promise<string> {
  return new Promise((resolve, reject) => {
    lookup(server, { all: true }, (error, found) => {
      if (error) return reject(error);
      const all = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const first = all.find(({ family }) => family === 4) ?? all[0];
      if (first) resolve(first.address);
      else reject(new Error(`${server} has no address.`));
    });
  });
}
