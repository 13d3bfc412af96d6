import { afterEach, beforeEach, expect, it } from 'vitest';
import { account, logger } from '../../../channels/test-rig.ts';
import { createConversation } from '../../../core/conversations/actions.ts';
import { addParticipant } from '../../../core/participants/actions.ts';
import { registerDevice } from '../../../core/push/bindings.ts';
import { createCredential } from '../../../core/push/credentials.ts';
import { sealSecret } from '../../../core/push/secrets.ts';
import { configureNotifications } from '../../../core/push/settings.ts';
import { connectUser } from '../../../core/users/actions.ts';
import { publicPushHosts } from '../../../delivery/push/hosts.ts';
import { openPush, type Push } from '../../../delivery/push/open.ts';
import { Vault } from '../../../storage/vault.ts';
import { type Operations, openOperations } from './test-operations.ts';

const backEnd = { kind: 'account', account } as const;

let server: Operations;
let push: Push;
let conversation: string;
let binding: string;
beforeEach(async () => {
  server = await openOperations();
  const { core, bus, clock, directory } = server.rig;
  const service = server.rig.service as `IS${string}`;
  const vault = new Vault(directory);
  push = openPush({ core, bus, clock, logger, account, vault, hosts: publicPushHosts });
  // Nothing is ever asked of the network for a credential of this type.
  const secret = sealSecret(vault, account, { type: 'gcm', apiKey: 'x' });
  const { sid: credential } = await core.run(createCredential, backEnd, { type: 'gcm', secret });
  const kinds = { newMessage: { enabled: true }, withMedia: {}, added: {}, removed: {} };
  await core.run(configureNotifications, backEnd, { service, ...kinds });
  conversation = (await core.run(createConversation, backEnd, { service })).sid;
  const { sid } = await core.run(connectUser, backEnd, { service, identity: 'ann' });
  await core.run(addParticipant, backEnd, { service, conversation, identity: 'ann' });
  const ann = { kind: 'user', account, service, user: sid as `US${string}`, identity: 'ann' } as const;
  binding = (await core.run(registerDevice, ann, { type: 'gcm', token: 'device', credential })).sid;
});
afterEach(async () => {
  await push.close();
  await server.close();
});

interface Letter {
  id: string;
  attempts: number;
}
const letters = async (query: string) =>
  ((await server.call('GET', `/outbox${query}`)).body as { outbox: Letter[] }).outbox;

it('lists pushes that failed for good, apart from what failed to go to phones', async () => {
  const message = await server.rig.say(conversation, 'hello');
  await push.idle();
  expect(await letters('?kind=push')).toEqual([
    {
      id: expect.stringContaining(`push:${conversation}:`),
      state: 'dead',
      kind: 'new_message',
      chatServiceSid: server.rig.service,
      conversationSid: conversation,
      messageSid: message.sid,
      bindingSids: [binding],
      attempts: 1,
      notBefore: expect.any(String),
      error: { kind: 'credentials', code: 'gcm-ended', message: expect.stringContaining('service account') },
      dateCreated: expect.any(String),
      dateUpdated: expect.any(String),
    },
  ]);
  expect(await letters('')).toEqual([]);
  expect(await letters('?kind=channel')).toEqual([]);
  expect(await letters('?kind=push&state=pending')).toEqual([]);
  expect((await server.call('GET', '/outbox?kind=smoke')).status).toBe(400);
});

it('sends one again, once', async () => {
  await server.rig.say(conversation, 'hello');
  await push.idle();
  const [letter] = await letters('?kind=push');
  const retry = () => server.call('POST', `/outbox/${letter?.id}/retry`);
  await push.close();
  expect(await retry()).toEqual({ status: 200, body: { id: letter?.id } });
  expect(await letters('?kind=push&state=pending')).toEqual([expect.objectContaining({ id: letter?.id, attempts: 0 })]);
  expect((await retry()).status).toBe(409);
});
