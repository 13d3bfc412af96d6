import { createHash } from 'node:crypto';
import type { Limits } from '@colloquy/protocol';
import type { FastifyInstance } from 'fastify';
import { serverVersion } from '../../config/version.ts';
import { buildDocument } from './document.ts';
import { renderPage } from './page.ts';
import { pageStyle } from './page-style.ts';

/**
 * Registers the description of the server's own API: `/openapi.json` for programs, `/docs` for people.
 *
 * @param limits as the operator has set them
 * @param publicUrl null: derived by whoever reads it, from where he got it
 */
export function registerDescription(app: FastifyInstance, limits: Limits, publicUrl: string | null): void {
  const version = serverVersion();
  // Made for whoever asks first: it is half of the work of a start, and few ask.
  let document: string | undefined;
  let page: string | undefined;
  const style = createHash('sha256').update(pageStyle).digest('base64');

  app.get('/openapi.json', { exposeHeadRoute: true }, (_request, reply) => {
    document ??= JSON.stringify(buildDocument(limits, version, publicUrl ?? undefined));
    // Anybody's page may read it: it has nothing that is not in the source.
    return reply.type('application/json').header('Access-Control-Allow-Origin', '*').send(document);
  });
  app.get('/docs', { exposeHeadRoute: true }, (_request, reply) => {
    page ??= renderPage(limits, version, pageStyle);
    return reply
      .type('text/html; charset=utf-8')
      .header(
        'Content-Security-Policy',
        `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      )
      .header('X-Content-Type-Options', 'nosniff')
      .header('Referrer-Policy', 'no-referrer')
      .send(page);
  });
}
