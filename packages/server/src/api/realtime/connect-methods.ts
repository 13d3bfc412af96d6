import { limits } from '@colloquy/protocol';
import { z } from 'zod';
import type { UserActor } from '../../core/actor.ts';
import type { Core } from '../../core/core.ts';
import { readEvents } from '../../core/log.ts';
import { findMembership } from '../../core/participants/actions.ts';
import { refuse } from '../../core/refusal.ts';
import { findUser } from '../../core/users/actions.ts';
import { attachmentLimits } from '../attachment-limits.ts';
import { heartbeat } from '../sessions/sessions.ts';
import { connectingUser, renewedToken } from '../token-user.ts';
import { verifyToken } from '../tokens.ts';
import { signalTyping } from '../typing.ts';
import { type Catchup, catchUp, presentEvent, snapshot } from './connect.ts';
import { cursorPattern, presentCursor } from './cursor.ts';
import { define, name } from './define.ts';
import { Following } from './following.ts';
import type { Caller, Method } from './method.ts';

/** Callers that have asked to connect: each may once, also while the answer to the first request is under way. */
const connecting = new WeakSet<Caller>();

const typingTimeout = 5_000;

function arePositions(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const stream in value) {
    const position = (value as Record<string, unknown>)[stream];
    if (stream.length > 34 || !Number.isSafeInteger(position) || (position as number) < 0) return false;
  }
  return true;
}

/** What a client that came back was given of what it missed. */
function outcomeOf({
  conversations,
  reset,
}: Pick<Catchup, 'conversations' | 'reset'>): 'caught_up' | 'partly' | 'anew' {
  if (conversations) return 'anew';
  return reset.length > 0 ? 'partly' : 'caught_up';
}

const connectParams = z.object({
  token: z.string().max(8192),
  client: z.string().max(200).optional(),
  resume: z
    .object({
      cursor: z.string().regex(cursorPattern),
      // Some have ten thousand of them, for which a schema of each takes a while.
      positions: z.custom<Record<string, number>>(arePositions, 'not a position for each stream'),
    })
    .optional(),
});

const connect: Method = {
  params: connectParams,
  answer: async (caller, id, given, dependencies) => {
    const { token: text, resume }: z.infer<typeof connectParams> = given;
    const { core, hub, keys } = dependencies;
    if (connecting.has(caller)) throw refuse(20409, { reason: 'this socket is connected already' });
    connecting.add(caller);
    const token = await verifyToken(text, keys, core.clock.now());
    dependencies.rates.connect(caller, `${token.service} ${token.identity}`);
    caller.actor = await connectingUser(core, token);
    const { user: sid } = caller.actor;
    await dependencies.presence.enter(caller, caller.actor);

    // Listening begins before the snapshot is read; what happens in between is held back until it is out.
    await hub.listenAll(caller, [sid]);
    const user = await findUser(core.db, token.service, sid);
    if (!user) throw refuse(50200);
    const following = new Following(dependencies, caller, sid);
    const out = await following.begin();

    const { upTo, ...caught } = resume ? await catchUp(core, user, resume) : await snapshot(core, user);
    if (resume) dependencies.watch?.resumed(outcomeOf(caught));
    caller.isBack = resume !== undefined;
    caller.renew(token);
    caller.reply(id, {
      session: caller.id,
      cursor: presentCursor(upTo, core.epoch),
      ...caught,
      tokenExpires: token.expires,
      heartbeat,
      typingTimeout,
      limits: attachmentLimits(core.limits),
    });
    const shown = new Map<string, number>([[sid, caught.position]]);
    for (const [stream, position] of out) shown.set(stream, position);
    for (const entry of caught.conversations?.items ?? []) shown.set(entry.conversation.sid, entry.position);
    for (const event of caught.events) shown.set(event.stream, event.position);
    caller.release(shown, upTo);
    following.goOn(shown, upTo);
  },
};

export const connectMethods = {
  connect,

  'token.update': define(
    'token.update',
    z.object({ token: z.string().max(8192) }),
    async ({ caller, actor, core, keys }, params) => {
      const token = await renewedToken(params.token, keys, core.clock.now(), actor);
      caller.renew(token);
      return { tokenExpires: token.expires };
    },
  ),

  ping: define('ping', z.object({}), async ({ core }) => ({ time: core.clock.now() })),

  typing: define('typing', z.object({ conversation: name }), async ({ core, bus, actor }, params) => {
    await signalTyping(core, bus, actor, params.conversation);
    return {};
  }),

  'events.list': define(
    'events.list',
    z.object({
      stream: z.string().max(34),
      after: z.int().min(0),
      limit: z.int().min(1).max(1000).optional(),
    }),
    async ({ core, actor }, params) => {
      const { begin, head } = await boundsOf(core, actor, params.stream);
      const after = Math.max(params.after, begin);
      const events = await readEvents(core.db, params.stream, after, params.limit ?? limits.defaultPageSize);
      return { items: events.map(presentEvent), head };
    },
  ),
} satisfies Partial<Record<string, Method>>;

/** Where a stream ends, and where it begins for this user: what is in the log from before he came is not his to read. */
async function boundsOf(core: Core, actor: UserActor, stream: string): Promise<{ begin: number; head: number }> {
  if (stream === actor.user) {
    const user = await findUser(core.db, actor.service, stream);
    if (user) return { begin: 0, head: user.head };
  }
  const membership = await findMembership(core.db, actor.user, stream);
  if (!membership) throw refuse(50350);
  return { begin: membership.participant.created_position, head: membership.conversation.head };
}
