import { randomBytes } from 'node:crypto';
import { realtimePollPath } from '@colloquy/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Scheduler } from '../../core/clock.ts';
import { tooMany } from '../../core/rates/too-many.ts';
import { BodyRoom } from '../http/body-room.ts';
import { corsHeaders } from '../http/cors.ts';
import { errorHandler, notFound } from '../http/errors.ts';
import { parseBody, readAs } from '../http/json.ts';
import type { Sessions } from '../sessions/sessions.ts';
import { Strangers } from '../sessions/strangers.ts';
import type { BeginSession } from './gateway.ts';
import { PollRoom } from './poll-room.ts';
import { PollWire } from './poll-wire.ts';
import type { Session } from './session.ts';

/** Room for the largest frame, as a text within JSON; bytes. */
const sendingLimit = 4 * 1024 * 1024;
/** For what connects, of which little grows as a text within JSON. */
const openingLimit = 2 * 1024 * 1024;
/** For what has no frames. */
const smallLimit = 4 * 1024;
const framesAtOnce = 1000;
/**
 * Bodies are long texts and little else: what is asked for is a list in an object, of a thousand frames, and a later version
 * may have one more around it, and a little besides.
 */
const form = { depth: 3, commas: 3000 };
const nothing = Buffer.alloc(0);
/** Sessions that have not connected. Unlike a WebSocket, one costs whoever opens it next to nothing. */
const strangerLimit = 1000;
const retryForPlace = 5000;

// Buffers have no half surrogate pairs: a frame would be another one than was sent.
const frame = z.string({ error: 'not text' }).refine((text) => text.isWellFormed(), 'half a surrogate pair');
const frames = z.array(frame).max(framesAtOnce, `more than ${framesAtOnce}`);
const secret = z.string({ error: 'not text' });
const number = (min: number) => z.int({ error: 'not a whole number' }).min(min, `below ${min}`);
const opening = z.object({ frames: frames.default([]) });
const sending = z.object({ session: secret, first: number(1), frames });
const receiving = z.object({ session: secret, after: number(0) });
const ending = z.object({ session: secret });

interface Poll {
  session: Session;
  wire: PollWire;
  /** The last one that asked for frames. */
  receiver: FastifyReply;
}

/**
 * The realtime API over requests, for networks in which no WebSocket gets through: the same frames, in JSON. The page
 * docs/reference/realtime.md has it in words.
 */
export function registerPolling(
  app: FastifyInstance,
  sessions: Sessions,
  begin: BeginSession,
  { clock, logger }: { clock: Scheduler; logger: Logger },
): void {
  const polls = new Map<string, Poll>();
  const strangers = new Strangers(strangerLimit);
  const room = new PollRoom();
  const bodies = new BodyRoom();

  app.register(async (api) => {
    api.setErrorHandler(errorHandler(logger));
    // A page of another origin sends text: for JSON its browser would have to ask first.
    api.removeAllContentTypeParsers();
    api.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    const headers = { ...corsHeaders(['POST']), 'Cache-Control': 'no-store' };

    function mount<T>(path: string, bodyLimit: number, schema: z.ZodType<T>, handle: Handler<T>): void {
      const url = realtimePollPath + path;
      api.post(url, {
        bodyLimit,
        config: { knowsRepetitions: true },
        onRequest: async (request, reply) => {
          reply.headers(headers);
          bodies.enter(request, reply, bodyLimit);
        },
        handler: async (request, reply) => {
          const body = parseBody((request.body as Buffer | undefined) ?? nothing, form);
          return handle(readAs(schema, body), request, reply);
        },
      });
      api.options(url, (_request, reply) => reply.code(204).headers(headers).header('Allow', 'POST, OPTIONS').send());
    }

    function find(request: FastifyRequest, name: string): Poll {
      const poll = polls.get(name);
      if (!poll) throw notFound(request);
      poll.session.heard();
      return poll;
    }

    mount('', openingLimit, opening, async (body, request, reply) => {
      if (sessions.isFull || !strangers.makeRoom()) throw tooMany(20503, retryForPlace);
      // Whoever has it is the client. It is in bodies only, which nobody logs.
      const name = randomBytes(32).toString('base64url');
      const wire = new PollWire(
        clock,
        room,
        (frame) => session.receive(frame, false),
        () => {
          polls.delete(name);
          strangers.delete(session);
          session.ended();
          sessions.end(session);
        },
      );
      const session = begin(wire, request.raw);
      const poll: Poll = { session, wire, receiver: reply };
      polls.set(name, poll);
      strangers.add(session);
      // Without an answer nobody knows its name.
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) wire.terminate();
      });
      await wire.take(1, body.frames);
      const received = body.frames.length > 0 ? await wire.receive(0, until(reply)) : { frames: [] };
      return reply.code(201).send({ session: name, ...received });
    });

    mount('/send', sendingLimit, sending, async (body, request, reply) => {
      await find(request, body.session).wire.take(body.first, body.frames);
      return reply.code(204).send();
    });

    mount('/receive', smallLimit, receiving, async (body, request, reply) => {
      const poll = find(request, body.session);
      const before = poll.receiver;
      // Whoever asks again has given that answer up. Answers that nobody reads would take room without end.
      if (before.sent && !before.raw.writableFinished) before.raw.destroy();
      poll.receiver = reply;
      const received = poll.wire.receive(body.after, until(reply));
      // By now the wire has forgotten what the client says it has.
      poll.session.drained();
      return received;
    });

    mount('/end', smallLimit, ending, async (body, request, reply) => {
      find(request, body.session).wire.terminate();
      return reply.code(204).send();
    });
  });
}

type Handler<T> = (body: T, request: FastifyRequest, reply: FastifyReply) => Promise<object>;

/** Aborted when the connection that an answer would go to is gone. */
function until(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
