/**
 * Sends several messages with a handful of statements. It takes those that are as most are: text, in an active
 * conversation of chat users. All others are left to `sendMessage`, and so is whatever would be refused: what a caller is
 * told is said in one place.
 */
import { isSid, type Sid } from '@colloquy/protocol';
import type { MessagesTable } from '../../storage/schema.ts';
import { standingOfParticipant } from '../access/standing.ts';
import { standingsOf } from '../access/store.ts';
import { checkAttributes } from '../checks.ts';
import type { OneOfSeveral, Together, Written } from '../command.ts';
import { briefsBySid, type ConversationBrief } from '../conversations/store.ts';
import { deadlines } from '../conversations/timers.ts';
import { appendEvents } from '../log.ts';
import { planMessagePush } from '../push/plan.ts';
import { Refusal } from '../refusal.ts';
import { checkAuthor } from './author.ts';
import { checkBody, checkSubject, type SendMessage } from './input.ts';
import { requireMaySend } from './policy.ts';
import { messageResource } from './resource.ts';
import { insertMessages, takeIndexes } from './store-together.ts';

type Send = OneOfSeveral<SendMessage>;

/** A message that may be sent, and lacks only its place. */
interface Fit {
  call: Send;
  conversation: ConversationBrief;
  author: string;
  body: string;
  subject: string | null;
  attributes: string;
  participant: string | null;
}

export const sendTogether: Together<SendMessage, MessagesTable, Fit> = {
  fit: async (calls) => {
    const plain = calls.filter(({ input }) => isPlain(input));
    const [first] = plain;
    if (!first) return calls.map(() => undefined);
    const sids = [...new Set(plain.map(({ input }) => input.conversation))];
    // The second is answered once the first has its locks: they go one behind the other.
    const [rows, standings] = await Promise.all([first.tx.all(briefsBySid, { sids }), readStandings(plain)]);
    const conversations = new Map(rows.map((row) => [row.sid, row]));
    return calls.map((call) => {
      const standing = standings.get(call);
      return standing && fitOne(call, conversations.get(call.input.conversation), standing);
    });
  },
  run: write,
};

function isPlain(input: SendMessage): boolean {
  const { conversation, body, subject, author, media = [], contentSid, contentVariables, assigned } = input;
  const text = body !== undefined && body !== '' && media.length === 0;
  // What PostgreSQL has no room for would fail all of them.
  if ([body, subject, author].some((one) => one?.includes('\0'))) return false;
  return text && isSid(conversation, 'CH') && contentSid === undefined && contentVariables === undefined && !assigned;
}

type StandingRow = NonNullable<ReturnType<Awaited<ReturnType<typeof readStandings>>['get']>>;

const noStanding = { participant: null, here: null, everywhere: null };

/** Whoever sends several into one conversation is looked up once. */
async function readStandings(calls: readonly Send[]) {
  const places = new Map<string, number>();
  const asked: { conversation: string; user: string | null; identity: string | null }[] = [];
  const placeOf = calls.map(({ actor, input: { conversation, author } }) => {
    const user = actor.kind === 'user' ? actor.user : null;
    const identity = actor.kind === 'user' ? null : (author ?? null);
    const name = JSON.stringify([conversation, user, identity]);
    const place = places.get(name) ?? asked.push({ conversation, user, identity }) - 1;
    places.set(name, place);
    return place;
  });
  const rows = await (calls[0] as Send).tx.all(standingsOf, {
    conversations: asked.map(({ conversation }) => conversation),
    users: asked.map(({ user }) => user),
    identities: asked.map(({ identity }) => identity),
  });
  return new Map(calls.map((call, at) => [call, rows[placeOf[at] as number] ?? noStanding]));
}

function fitOne(call: Send, conversation: ConversationBrief | undefined, found: StandingRow): Fit | undefined {
  const { actor, input, tx } = call;
  if (!conversation || conversation.account_sid !== actor.account || conversation.service_sid !== input.service) return;
  if (conversation.state !== 'active' || conversation.non_chat_count > 0) return;
  try {
    const author = actor.kind === 'user' ? ownAuthor(call, found) : namedAuthor(call, found);
    if (!author) return;
    return {
      call,
      conversation,
      ...author,
      body: checkBody(input.body ?? '', tx.limits),
      subject: checkSubject(input.subject, tx.limits),
      attributes: checkAttributes(input.attributes, tx.limits.messageAttributesBytes) ?? '{}',
    };
  } catch (error) {
    if (error instanceof Refusal) return;
    throw error;
  }
}

type Author = Pick<Fit, 'author' | 'participant'>;

function ownAuthor({ actor, input }: Send, found: StandingRow): Author | undefined {
  if (actor.kind !== 'user' || actor.service !== input.service) return;
  if (found.participant === null || found.everywhere === null) return;
  const { participant, here, everywhere } = found;
  requireMaySend(standingOfParticipant({ participant, here, everywhere }), input);
  return { author: actor.identity, participant };
}

/** As `resolveAuthor` finds him where all are chat users. */
function namedAuthor({ input: { author = '' }, tx }: Send, found: StandingRow): Author {
  if (author === '' || author === 'system') return { author: 'system', participant: null };
  checkAuthor(author, tx.limits);
  return { author, participant: found.participant };
}

async function write(fit: readonly Fit[]): Promise<Written<MessagesTable>> {
  const [first] = fit;
  if (!first) return { values: [], written: Promise.resolve() };
  const { tx } = first.call;
  const groups = [...Map.groupBy(fit, ({ conversation }) => conversation.sid)];
  const last = groups.map(([, ofOne]) => ofOne.at(-1) as Fit);
  const due = last.map(({ call, conversation }) => deadlines(conversation, call.tx.now));
  const taken = await tx.all(takeIndexes, {
    sids: groups.map(([sid]) => sid),
    counts: groups.map(([, ofOne]) => ofOne.length),
    dates: last.map(({ call }) => call.input.dateCreated ?? call.tx.now),
    times: last.map(({ call }) => call.tx.now),
    inactive: due.map(({ date_inactive }) => date_inactive),
    closed: due.map(({ date_closed }) => date_closed),
  });
  const ends = new Map(taken.map((row) => [row.sid, row]));
  const left = new Map(groups.map(([sid, ofOne]) => [sid, ofOne.length]));
  const rows = fit.map((one) => {
    const end = ends.get(one.conversation.sid);
    if (!end) throw new Error(`No conversation ${one.conversation.sid}.`);
    const back = left.get(one.conversation.sid) as number;
    left.set(one.conversation.sid, back - 1);
    return rowOf(one, end.next_index - back, end.head - back + 1);
  });
  const events = rows.map((row, at) => ({
    tx: (fit[at] as Fit).call.tx,
    stream: row.conversation_sid as Sid<'CH'>,
    position: row.position,
    data: messageResource(row),
  }));
  const written = Promise.all([insertMessages(tx, rows), appendEvents('message.added', events)]);
  for (const [at, { call, conversation }] of fit.entries()) {
    const notified = ends.get(conversation.sid)?.notified;
    if (notified) await planMessagePush(call.tx, conversation, rows[at] as MessagesTable, notified);
  }
  return { values: rows, written };
}

function rowOf({ call: { tx, input }, conversation, ...one }: Fit, index: number, position: number): MessagesTable {
  const dateCreated = input.dateCreated ?? tx.now;
  return {
    conversation_sid: conversation.sid,
    idx: index,
    sid: tx.newSid('IM'),
    author: one.author,
    body: one.body,
    subject: one.subject,
    attributes: one.attributes,
    participant_sid: one.participant,
    content_sid: null,
    rich_content: null,
    media: null,
    last_updated_by: null,
    receipt_count: 0,
    delivery: null,
    created_position: position,
    position,
    date_created: dateCreated,
    date_updated: input.dateUpdated ?? dateCreated,
  };
}
