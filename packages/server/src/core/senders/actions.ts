/** Senders: own addresses at providers. What they are configured with is the channels' business: here it is JSON text. */
import type { SendersTable } from '../../storage/schema/senders.ts';
import { requireBackEnd } from '../access/back-end.ts';
import { defineCommand } from '../command.ts';
import { channelWork } from '../receipts/plan.ts';
import { refuse } from '../refusal.ts';
import type { Transaction } from '../transaction.ts';
import { findSender, readNote, replaceAddresses, type Sender, type ShownSender, senderOfAddress } from './store.ts';

/** What the bus is told when something changed about senders. */
export const sendersNews = 'senders';

const orderKey = () => 'senders';

export interface SenderInput {
  friendlyName: string | null;
  /** JSON. */
  config: string;
  /** JSON, sealed. */
  secrets: string;
  windowHours: number | null;
  /** Canonical, each once. */
  addresses: readonly string[];
}

export interface CreateSender extends SenderInput {
  type: string;
  /** Its name in the configuration file; null over the API. */
  source: string | null;
}

export const createSender = defineCommand({
  name: 'senders.create',
  orderKey,
  run: async (tx, actor, input: CreateSender): Promise<ShownSender> => {
    requireBackEnd(actor);
    const row: SendersTable = {
      sid: tx.newSid('XE'),
      account_sid: actor.account,
      type: input.type,
      source: input.source,
      state: 'active',
      reason: null,
      revision: 1,
      date_created: tx.now,
      date_updated: tx.now,
      ...columnsOf(tx, input),
    };
    const sender = { ...row, addresses: [...input.addresses] };
    await requireFree(tx, sender);
    await tx.sql.insertInto('senders').values(row).execute();
    await replaceAddresses(tx, sender);
    tx.woken.add(sendersNews);
    return shown(sender);
  },
});

export interface UpdateSender extends SenderInput {
  sender: string;
  /** As it was when the new one was made from it: secrets that stay are in both. */
  revision: number;
}

/** Puts a new configuration in the place of the old one. What the provider refused the old one for is forgotten. */
export const updateSender = defineCommand({
  name: 'senders.update',
  orderKey,
  run: async (tx, actor, input: UpdateSender): Promise<ShownSender> => {
    requireBackEnd(actor);
    const former = await requireSender(tx, actor.account, input.sender);
    if (former.revision !== input.revision) throw refuse(20409, { reason: 'the sender was changed meanwhile' });
    const { addresses: _, sid, ...row } = former;
    const refused = former.state === 'refused';
    const updated = {
      ...row,
      ...columnsOf(tx, input),
      revision: former.revision + 1,
      date_updated: tx.now,
      ...(refused && { state: 'active', reason: null }),
    };
    const sender = { ...updated, sid, addresses: [...input.addresses] };
    await requireFree(tx, sender);
    await tx.sql.updateTable('senders').set(updated).where('sid', '=', sid).execute();
    await replaceAddresses(tx, sender);
    tx.woken.add(sendersNews);
    return shown(sender);
  },
});

export interface MoveSender {
  sender: string;
  state: 'active' | 'paused' | 'refused';
  /** Only from these; from any when left out. */
  from?: readonly string[];
  reason: string | null;
}

/** Pauses a sender, resumes it, or notes that its provider refuses it. */
export const moveSender = defineCommand({
  name: 'senders.move',
  orderKey,
  run: async (tx, actor, { sender, state, from, reason }: MoveSender): Promise<ShownSender> => {
    requireBackEnd(actor);
    const former = await requireSender(tx, actor.account, sender);
    if (from && !from.includes(former.state)) return shown(former);
    const { sid } = former;
    const news = { state, reason, date_updated: tx.now };
    await tx.sql.updateTable('senders').set(news).where('sid', '=', sid).execute();
    tx.woken.add(sendersNews);
    return shown({ ...former, ...news });
  },
});

/** What still goes out through it waits until another sender has its addresses. */
export const deleteSender = defineCommand({
  name: 'senders.delete',
  orderKey,
  run: async (tx, actor, input: { sender: string }) => {
    requireBackEnd(actor);
    const { sid } = await requireSender(tx, actor.account, input.sender);
    await tx.sql.deleteFrom('senders').where('sid', '=', sid).execute();
    await tx.sql.deleteFrom('sender_addresses').where('sender_sid', '=', sid).execute();
    await tx.sql.deleteFrom('sender_notes').where('sender_sid', '=', sid).execute();
    tx.woken.add(sendersNews);
    return {};
  },
});

export interface NoteForSender {
  sender: string;
  name: string;
  /** JSON; null forgets it. */
  value: string | null;
  /** What is noted already stays. */
  once?: boolean;
}

/** What the channel of a sender keeps for itself; answers with what is noted now. */
export const noteForSender = defineCommand({
  name: 'senders.note',
  orderKey: (input: NoteForSender) => `sender ${input.sender}`,
  run: async (tx, _actor, { sender, name, value, once }: NoteForSender): Promise<{ value: string | null }> => {
    const known = once ? await readNote(tx, sender, name) : undefined;
    if (known !== undefined) return { value: known };
    if (value === null) {
      await tx.sql.deleteFrom('sender_notes').where('sender_sid', '=', sender).where('name', '=', name).execute();
      return { value };
    }
    await tx.sql
      .insertInto('sender_notes')
      .values({ sender_sid: sender, name, value })
      .onConflict((oc) => oc.columns(['sender_sid', 'name']).doUpdateSet({ value }))
      .execute();
    return { value };
  },
});

function shown({ secrets: _, ...sender }: Sender): ShownSender {
  return sender;
}

function columnsOf(tx: Transaction, { friendlyName, config, secrets, windowHours }: SenderInput) {
  const { credentialFriendlyName: limit } = tx.limits;
  if (friendlyName !== null && friendlyName.length > limit) throw refuse(50003, { limit });
  return { friendly_name: friendlyName, config, secrets, window_hours: windowHours };
}

/** An address has one sender: otherwise nobody could tell which of them a message leaves through. */
async function requireFree(tx: Transaction, { account_sid, sid, addresses }: Sender): Promise<void> {
  for (const address of addresses) {
    const owner = await senderOfAddress(tx, account_sid, address);
    if (owner !== undefined && owner !== sid) {
      throw refuse(20409, { reason: `the address ${address} belongs to the sender ${owner}` });
    }
  }
}

async function requireSender(tx: Transaction, account: string, sid: string): Promise<Sender> {
  const row = await findSender(tx, account, sid);
  if (!row) throw refuse(20404, { path: `/v1/x/senders/${sid}` });
  return row;
}

/** Has what waits for a sender tried at once, since one of them was changed: a page of the outbox after another. */
export const hastenDeliveries = defineCommand({
  name: 'senders.hasten',
  orderKey: () => `outbox ${channelWork}`,
  run: async (tx, _actor, { after }: { after: string }): Promise<{ next: string | null }> => {
    const page = await tx.sql
      .selectFrom('outbox')
      .select(['id', 'kind', 'state', 'not_before', 'last_error'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(hastenedAtOnce)
      .execute();
    const due = page.filter(
      ({ kind, state, not_before, last_error }) =>
        kind === channelWork &&
        // What a report has put back waits in its lane with a time of its own.
        (state === 'pending' || state === 'waiting') &&
        not_before > tx.now &&
        isWaiting(last_error),
    );
    if (due.length > 0) {
      const ids = due.map(({ id }) => id);
      await tx.sql.updateTable('outbox').set({ not_before: tx.now }).where('id', 'in', ids).execute();
      tx.woken.add(channelWork);
    }
    return { next: page.length < hastenedAtOnce ? null : (page.at(-1)?.id ?? null) };
  },
});

/** Small enough that nobody who waits for the writer notices: the outbox may be long when a sender was down. */
const hastenedAtOnce = 500;

/** What deliveries wait for that a change of a sender may end: see `delivery/channels/settlement.ts`. */
const waiting: readonly unknown[] = ['no-channel', 'paused', 'credentials', 'billing'];

function isWaiting(lastError: string | null): boolean {
  return lastError !== null && waiting.includes((JSON.parse(lastError) as { kind?: unknown }).kind);
}
