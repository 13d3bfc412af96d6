import type { UserResource } from '@colloquy/protocol';
import { prepare } from '../../storage/db.ts';
import type { Actor } from '../actor.ts';
import type { Transaction } from '../transaction.ts';
import { afterParameters } from './after-parameters.ts';
import { type Change, changesOf } from './changes.ts';
import { planDelivery, seqOf } from './deliveries.ts';
import { commonParameters } from './parameters/common.ts';
import { deleteWebhooksOf } from './scoped-store.ts';
import { type Candidate, candidatesFor, someWebhook, targetsOf } from './targets.ts';

/**
 * Turns what a command has done into requests to webhooks: outbox work in the same savepoint, so that whatever is
 * stored is told, and nothing else. Without webhooks it costs an indexed read for a change that would fire them, and
 * nothing for one that does not.
 *
 * @param command its name
 */
export async function planWebhooks(tx: Transaction, actor: Actor, command: string): Promise<void> {
  if (tx.events.length === 0) return;
  const changes = changesOf(tx, actor, command);
  for (const [stream, ofStream] of Map.groupBy(changes, (change) => change.stream)) {
    // The first to be planned goes first where nothing else waits, and moves of the state come last in the list.
    const inOrder = ofStream.toSorted((a, b) => seqOf(a.position, a.event) - seqOf(b.position, b.event));
    if (stream.startsWith('US')) await planForUser(tx, actor.account, inOrder);
    else await planForConversation(tx, actor.account, stream, inOrder);
  }
  // Only now: they are told of the removal itself.
  for (const { sid } of tx.removedConversations) await deleteWebhooksOf(tx, sid);
}

/** Is there anything to plan for changes in these conversations? Few have webhooks: for several calls at once. */
export async function areWatched(tx: Transaction, accounts: string[], conversations: string[]): Promise<boolean> {
  return (await tx.first(someWebhook, { accounts, conversations })) !== undefined;
}

async function planForConversation(tx: Transaction, account: string, conversation: string, changes: Change[]) {
  const removed = tx.removedConversations.find(({ sid }) => sid === conversation);
  const service = removed?.service_sid ?? null;
  const candidates = await tx.all(candidatesFor, { account, service, conversation });
  if (candidates.length === 0) return;
  const facts = removed ?? (await tx.first(factsOf, { conversation }));
  if (!facts) throw new Error(`No conversation ${conversation}.`);
  for (const change of changes) {
    await plan(tx, account, change, candidates, { service: facts.service_sid, messaging: facts.messaging_service_sid });
  }
}

const factsOf = prepare((sql, p: { conversation: string }) =>
  sql.selectFrom('conversations').select(['service_sid', 'messaging_service_sid']).where('sid', '=', p.conversation),
);

/** Users are the account's: services have no say. */
async function planForUser(tx: Transaction, account: string, changes: Change[]) {
  const configuration = await tx.first(configurationOf, { owner: account });
  if (!configuration) return;
  const candidates = [{ ...configuration, triggers: null }];
  for (const change of changes) {
    const { serviceSid } = JSON.parse(change.logged?.data ?? '{}') as UserResource;
    await plan(tx, account, change, candidates, { service: serviceSid, messaging: '' });
  }
}

const configurationOf = prepare((sql, p: { owner: string }) =>
  sql.selectFrom('webhook_configurations').selectAll().where('owner', '=', p.owner),
);

async function plan(
  tx: Transaction,
  account: string,
  change: Change,
  candidates: readonly Candidate[],
  { service, messaging }: { service: string; messaging: string },
): Promise<void> {
  const targets = targetsOf(change, candidates, account);
  if (targets.length === 0) return;
  const { event, stream, position, origin } = change;
  const parameters = [
    ...commonParameters({ account, service, event, ...origin }),
    ...afterParameters(change, messaging, tx.events),
  ];
  for (const target of targets) await planDelivery(tx, { target, service, stream, position, event, parameters });
}
