import { randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseAddress, parseProxyAddress } from '../../core/addresses.ts';
import type { Core } from '../../core/core.ts';
import { invalid } from '../http/parameters.ts';
import type { TokenKeys } from '../tokens.ts';
import { requireOwnPage } from './guard.ts';
import { openPlayground, type PlaygroundPhone, virtualPhone } from './session.ts';

export interface PlaygroundDependencies {
  core: Core;
  keys: TokenKeys;
  /** The account's default service. */
  service: () => Promise<string>;
  publicHost: string | undefined;
  /** The built page. */
  directory?: string;
}

/** Where the page is built to, from here as a source and as built code alike. */
const builtPage = fileURLToPath(new URL('../../../../playground/dist/', import.meta.url));

/**
 * The page at `/` and what it needs to begin. For development only: it gives tokens away.
 *
 * @returns whether a request carries the page's key to the sandbox
 */
export async function registerPlayground(
  app: FastifyInstance,
  dependencies: PlaygroundDependencies,
): Promise<(request: FastifyRequest) => boolean> {
  const { core, keys, service, publicHost } = dependencies;
  const directory = dependencies.directory ?? builtPage;
  const sandboxToken = randomBytes(24).toString('base64url');
  const expected = Buffer.from(`Bearer ${sandboxToken}`);

  app.post('/v1/x/playground/session', async (request, reply) => {
    requireOwnPage(request, publicHost);
    const wish = readWish(request.body);
    reply.header('Cache-Control', 'no-store');
    return openPlayground(core, keys, await service(), sandboxToken, wish);
  });

  if (existsSync(directory)) {
    await app.register(fastifyStatic, {
      root: directory,
      cacheControl: false,
      setHeaders: (response) => {
        // Simulators of providers listen on this machine, too, and the page's phone may be behind one.
        response.header(
          'Content-Security-Policy',
          "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self' ws: wss: http://127.0.0.1:* http://localhost:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        );
        response.header('X-Content-Type-Options', 'nosniff');
        response.header('Referrer-Policy', 'no-referrer');
      },
    });
  }

  return (request) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    return given.length === expected.length && timingSafeEqual(given, expected);
  };
}

/** Whether it shall be a new conversation, and whose phone is in it. */
function readWish(body: unknown): { fresh: boolean; phone: PlaygroundPhone } {
  const { fresh, phone = virtualPhone } = (body ?? {}) as { fresh?: unknown; phone?: unknown };
  const { address, proxyAddress } = (phone ?? {}) as { address?: unknown; proxyAddress?: unknown };
  if (typeof address !== 'string' || typeof proxyAddress !== 'string') {
    throw invalid('phone', 'not an address and a proxy address');
  }
  const person = parseAddress(address);
  if (!person.ok) throw invalid('phone', person.reason);
  const own = parseProxyAddress(proxyAddress);
  if (!own.ok) throw invalid('phone', own.reason);
  return { fresh: fresh === true, phone: { address: person.address, proxyAddress: own.address } };
}
