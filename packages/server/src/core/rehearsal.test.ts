import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OpenCore, openCore } from '../testing/open-core.ts';
import { stateOf } from '../testing/scenarios.ts';
import type { UserActor } from './actor.ts';
import type { AnyCommand } from './command.ts';
import { createConversation, deleteConversation, updateConversation } from './conversations/actions.ts';
import { removeMessage, sendMessage, updateMessage } from './messages/actions.ts';
import { addParticipant, removeParticipant, updateParticipant } from './participants/actions.ts';
import { updateUser } from './users/actions.ts';

let at: OpenCore;
let ann: UserActor;
let conversation: string;
beforeEach(async () => {
  at = await openCore();
  ann = await at.user('ann');
  const { service } = at;
  conversation = (await at.core.run(createConversation, ann, { service })).sid;
  await at.core.run(addParticipant, ann, { service, conversation, identity: 'ann' });
  await at.core.run(sendMessage, ann, { service, conversation, body: 'Hi' });
});
afterEach(() => at.discard());

it('A rehearsal shows just what happens afterwards, and leaves nothing behind.', async () => {
  const { service, core } = at;
  const steps: [AnyCommand, object][] = [
    [updateConversation, { conversation, friendlyName: 'Tea' }],
    [addParticipant, { conversation, identity: 'bob' }],
    [updateParticipant, { conversation, participant: 'ann', attributes: '{"a":1}' }],
    [updateMessage, { conversation, message: 0, body: 'Ho' }],
    [removeMessage, { conversation, message: 0 }],
    [updateUser, { user: 'ann', friendlyName: 'Ann' }],
    [removeParticipant, { conversation, participant: 'ann' }],
  ];
  for (const [command, input] of steps) {
    const run = { command, actor: at.account, input: { service, ...input }, idempotency: undefined };
    const before = await stateOf({ server: at });
    const count = at.events.length;
    const { events } = await core.rehearse(run);
    expect(await stateOf({ server: at })).toEqual(before);
    expect(at.events).toHaveLength(count);
    await core.run(command, run.actor, run.input);
    // SIDs that are made along the way are others the second time.
    const strip = (text: string) => text.replace(/(MB|US)[0-9a-f]{32}/g, '$1');
    const told = at.events.slice(count);
    expect(events.map(({ type, data }) => [type, strip(data)])).toEqual(
      told.map(({ type, data }) => [type, strip(data)]),
    );
    expect(events.map(({ position }) => position)).toEqual(told.map(({ position }) => position));
  }
});

it('A rehearsal meets the refusal that the command would meet.', async () => {
  const eve = await at.user('eve');
  const input = { service: at.service, conversation };
  await expect(
    at.core.rehearse({ command: deleteConversation, actor: eve, input, idempotency: undefined }),
  ).rejects.toMatchObject({ code: 50350 });
});

it('A rehearsal of what was answered before shows no events, and one with the key of something else is refused.', async () => {
  const idempotency = { scope: ann.user, key: 'one' };
  const input = { service: at.service, conversation, body: 'once' };
  const sent = await at.core.run(sendMessage, ann, input, idempotency);
  const again = { command: sendMessage, actor: ann, input, idempotency };
  expect(await at.core.rehearse(again)).toEqual({ value: sent, events: [] });
  const other = { ...again, input: { ...input, body: 'another' } };
  await expect(at.core.rehearse(other)).rejects.toMatchObject({ code: 20409 });
  // What a webhook made of it is no part of the request.
  const assigned = { ...again, input: { ...input, assigned: { body: 'changed' } } };
  expect(await at.core.rehearse(assigned)).toEqual({ value: sent, events: [] });
});
