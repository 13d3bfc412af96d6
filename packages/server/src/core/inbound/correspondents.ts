/** People who wrote to own addresses: when, and whether they want an answer. */
import { limits } from '@colloquy/protocol';
import { type Db, prepare } from '../../storage/db.ts';
import type { CorrespondentsTable } from '../../storage/schema/senders.ts';
import { addressTypeOf, variantsOf } from '../addresses.ts';
import { defineCommand } from '../command.ts';
import type { Transaction } from '../transaction.ts';
import { insertInbound } from './store.ts';

interface Pair {
  account: string;
  /** The person. */
  sender: string;
  /** The own address. */
  recipient: string;
}

const byPair = prepare((sql, p: Pair) =>
  sql
    .selectFrom('correspondents')
    .selectAll()
    .where('account_sid', '=', p.account)
    .where('proxy_address', '=', p.recipient)
    .where('address', '=', p.sender),
);

export function selectCorrespondent(db: Db, pair: Pair): Promise<CorrespondentsTable | undefined> {
  return db.first(byPair, pair);
}

const insertPair = prepare((sql, p: CorrespondentsTable) =>
  sql
    .insertInto('correspondents')
    .values({
      account_sid: p.account_sid,
      proxy_address: p.proxy_address,
      address: p.address,
      last_inbound: p.last_inbound,
      last_provider_id: p.last_provider_id,
      stopped: p.stopped,
    })
    .onConflict((oc) =>
      oc
        .columns(['account_sid', 'proxy_address', 'address'])
        .doUpdateSet({ last_inbound: p.last_inbound, last_provider_id: p.last_provider_id }),
    ),
);

/** Nothing depends on when somebody wrote for longer: no window is open so long. */
const keptFor = 30 * 24 * 60 * 60 * 1000;

/** Small enough that nobody who waits for the writer notices. */
const pieceSize = 1000;

/**
 * Forgets a piece of the people who have not written for 30 days. Whoever wants no messages is remembered: he has not
 * taken that back.
 *
 * @returns whether there is more to do
 */
export async function forgetCorrespondents(tx: Transaction): Promise<boolean> {
  const gone = await tx.sql
    .selectFrom('correspondents')
    .select(['account_sid', 'proxy_address', 'address'])
    .where('stopped', '=', 0)
    // Without a time he took back what he had never said.
    .where((eb) => eb.or([eb('last_inbound', 'is', null), eb('last_inbound', '<', tx.now - keptFor)]))
    .limit(pieceSize)
    .execute();
  for (const pair of gone) await tx.run(deletePair, pair);
  return gone.length === pieceSize;
}

const deletePair = prepare((sql, p: Pick<CorrespondentsTable, 'account_sid' | 'proxy_address' | 'address'>) =>
  sql
    .deleteFrom('correspondents')
    .where('account_sid', '=', p.account_sid)
    .where('proxy_address', '=', p.proxy_address)
    .where('address', '=', p.address),
);

/** Nobody can be in a conversation by anything longer, and PostgreSQL has no index for it. */
export function isAddress(sender: string): boolean {
  return sender.length <= limits.address;
}

/**
 * Somebody wrote: where there is a window, it is open from now. E-mail has none, and its threads know what they answer.
 */
export async function noteCorrespondence(
  tx: Transaction,
  { account, sender, recipient, providerId }: Pair & { providerId: string },
): Promise<void> {
  if (addressTypeOf(sender) === 'email') return;
  await tx.run(insertPair, {
    account_sid: account,
    proxy_address: recipient,
    address: sender,
    last_inbound: tx.now,
    last_provider_id: providerId,
    stopped: 0,
  });
}

export interface NoteConsent {
  channel: string;
  /** Unique within the channel. */
  eventId: string;
  sender: string;
  recipient: string;
  state: 'stop' | 'start';
}

/**
 * Somebody does not want to be written to by this address any more, or again. What is sent to him meanwhile fails with
 * 21610. What is reported again changes nothing, since he may have said the opposite in between.
 */
export const noteConsent = defineCommand({
  name: 'inbound.consent',
  orderKey: (input: NoteConsent) => `${input.recipient} ${input.sender}`,
  run: async (tx, { account }, { channel, eventId, sender, recipient, state }: NoteConsent) => {
    const payload = JSON.stringify({ type: 'consent', sender, recipient, state });
    if (!(await insertInbound(tx, { channel, eventId, payload, outcome: 'consent', providerId: null }))) return {};
    if (!isAddress(sender)) return {};
    const stopped = Number(state === 'stop');
    // In a conversation he may be by another spelling of his number than the network's.
    for (const address of [sender, ...variantsOf(sender)]) {
      const key = { account_sid: account, proxy_address: recipient, address };
      await tx.sql
        .insertInto('correspondents')
        .values({ ...key, last_inbound: null, last_provider_id: null, stopped })
        .onConflict((oc) => oc.columns(['account_sid', 'proxy_address', 'address']).doUpdateSet({ stopped }))
        .execute();
    }
    return {};
  },
});
