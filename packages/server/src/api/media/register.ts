import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { AccountActor, UserActor } from '../../core/actor.ts';
import { findMedia, type ReadableMedia, readableBySid } from '../../core/media/access.ts';
import { refuse } from '../../core/refusal.ts';
import { findService } from '../../core/services/actions.ts';
import { linkPath } from '../../media/links.ts';
import { allowed, corsHeaders, type Method } from '../http/cors.ts';
import { notFound } from '../http/errors.ts';
import { segmentOf } from '../http/segment.ts';
import { actorIn, authenticator, type Caller } from './authentication.ts';
import { sendContent } from './content.ts';
import { type MediaApiDependencies, temporaryLink } from './context.ts';
import { mediaErrorHandler } from './errors.ts';
import { absent, readSet } from './media-set.ts';
import { presentMedia } from './presenter.ts';
import { UploadsUnderWay } from './under-way.ts';
import { receiveUpload } from './uploads.ts';

/** What was found out about a request before its handler runs. */
interface Found {
  actor: AccountActor | UserActor;
  service: string;
}

type Handler = (request: FastifyRequest, reply: FastifyReply, found: Found) => Promise<object>;

const unknownMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * The media service of the contract, on the same host: `/v1/Services/{sid}/Media` and `/MediaSet`, for back ends and
 * app users, and signed links that need no credentials (behaviour reference, section 17).
 */
export function registerMedia(app: FastifyInstance, dependencies: MediaApiDependencies): void {
  const { core, media, credentials, logger } = dependencies;
  const callerOf = authenticator(credentials, core);
  const callers = new WeakMap<FastifyRequest, Caller>();
  const underWay = new UploadsUnderWay();

  app.register(async (api) => {
    api.setErrorHandler(mediaErrorHandler(logger, core.clock));
    // Bodies are read as they arrive, by who wants them.
    api.removeAllContentTypeParsers();
    api.addContentTypeParser('*', (_request, _payload, done) => done(null));

    /** Gives a path its methods; every other one is refused, to those who may know. */
    function mount(path: string, handlers: Partial<Record<Method | 'HEAD', Handler>>): void {
      const methods = Object.keys(handlers) as (Method | 'HEAD')[];
      const headers = mediaCors(methods);
      const onRequest: onRequestHookHandler = async (request, reply) => {
        reply.headers(headers);
        callers.set(request, await callerOf(request));
      };
      for (const method of unknownMethods) {
        const handler = handlers[method as Method | 'HEAD'];
        api.route({
          method,
          url: path,
          config: { slowBody: path.endsWith('/Media') },
          onRequest,
          handler: async (request, reply) => {
            const found = await find(request);
            if (handler) return handler(request, reply, found);
            reply.header('Allow', allowed(methods));
            throw refuse(20004);
          },
        });
      }
      api.options(path, (_request, reply) => reply.code(204).headers(headers).header('Allow', allowed(methods)).send());
    }

    async function find(request: FastifyRequest): Promise<Found> {
      const caller = callers.get(request);
      const service = await findService(core.db, credentials.accountSid, segmentOf(request, 'service'));
      const actor = service && caller && (await actorIn(core, credentials, caller, service.sid));
      if (!service || !actor) throw notFound(request);
      return { actor, service: service.sid };
    }

    async function findRow(request: FastifyRequest, { actor, service }: Found): Promise<ReadableMedia> {
      const row = await findMedia(core.db, actor, service, segmentOf(request, 'media'));
      if (!row) throw notFound(request);
      return row;
    }

    async function give(row: ReadableMedia, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
      try {
        return await sendContent(media.library, row, request, reply);
      } catch (error) {
        // Somebody removed it in between.
        throw (await readableBySid(core.db, row.sid)) ? error : notFound(request);
      }
    }

    const present = (request: FastifyRequest, row: ReadableMedia) =>
      presentMedia(row, temporaryLink(dependencies, request, row.sid));
    const content: Handler = async (request, reply, found) => give(await findRow(request, found), request, reply);

    mount('/v1/Services/:service/Media', {
      POST: async (request, reply, { actor, service }) => {
        const over = underWay.begin(actor);
        try {
          const row = await receiveUpload(core, media.library, actor, service, request);
          reply.code(201);
          return present(request, row);
        } finally {
          over();
        }
      },
    });
    mount('/v1/Services/:service/Media/:media', {
      GET: async (request, _reply, found) => present(request, await findRow(request, found)),
    });
    mount('/v1/Services/:service/Media/:media/Content', { GET: content, HEAD: content });
    mount('/v1/Services/:service/MediaSet', {
      POST: async (request, _reply, { actor, service }) => {
        const entries = (await readSet(request)).map(async (sid) => {
          const row = sid.includes('\0') ? undefined : await findMedia(core.db, actor, service, sid);
          return row ? { code: 200, media_record: present(request, row) } : absent(sid);
        });
        return Promise.all(entries);
      },
    });

    const linked = async (request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(mediaCors(['GET', 'HEAD']));
      const { media: given } = request.params as { media: string };
      const { searchParams } = new URL(request.url, 'http://x');
      const sid = media.links.read(given, searchParams, core.clock.now());
      if (!sid) throw refuse(20006);
      const row = await readableBySid(core.db, sid);
      if (!row) throw notFound(request);
      return give(row, request, reply);
    };
    api.route({ method: ['GET', 'HEAD'], url: `${linkPath}/:media`, handler: linked });
    api.options(`${linkPath}/:media`, (_request, reply) =>
      reply
        .code(204)
        .headers(mediaCors(['GET', 'HEAD']))
        .header('Allow', allowed(['GET', 'HEAD']))
        .send(),
    );
  });
}

/** What the official SDK sends from a page of another origin, and what such a page may read. */
function mediaCors(methods: readonly (Method | 'HEAD')[]): Record<string, string> {
  const common = corsHeaders(methods);
  return {
    ...common,
    'Access-Control-Allow-Headers': `${common['Access-Control-Allow-Headers']}, X-Twilio-Token, Range, If-Range, If-None-Match`,
    'Access-Control-Expose-Headers': `${common['Access-Control-Expose-Headers']}, Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag`,
    'Access-Control-Max-Age': '600',
  };
}
