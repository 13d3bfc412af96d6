import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenWebhooks, openWebhooks } from '../../../testing/open-webhooks.ts';

let at: OpenWebhooks;
beforeAll(async () => {
  at = await openWebhooks();
});
afterAll(() => at.discard());

/** The events that webhooks were planned to be told of while something was done, and where those came from. */
async function toldBy(action: () => Promise<unknown>): Promise<string[]> {
  const { db } = at.server.core;
  const all = () => db.sql.selectFrom('webhook_deliveries').select(['event', 'parameters']).orderBy('id').execute();
  const before = (await all()).length;
  await action();
  return (await all()).slice(before).map(({ event, parameters }) => {
    const { Source } = Object.fromEntries(JSON.parse(parameters) as [string, string][]);
    return `${event} ${Source}`;
  });
}

/** All 13 operations that may tell webhooks, in an order in which each finds what it needs. */
async function playAll(base: string, headers: Record<string, string>): Promise<Record<string, string[]>> {
  const told: Record<string, string[]> = {};
  const ask = async (method: 'POST' | 'DELETE', path: string, form: Record<string, string> = {}) => {
    let sid = '';
    const events = await toldBy(async () => {
      const answer = await at.ask(method, base + path, method === 'POST' ? { form, headers } : { headers });
      expect(answer.status).toBeLessThan(300);
      sid = answer.body.sid;
    });
    const names = path.replace(/\/[A-Z]{2}[0-9a-f]{32}/g, '/{Sid}');
    told[`${method} ${names}`] = events;
    return sid;
  };
  const conversation = `/Conversations/${await ask('POST', '/Conversations')}`;
  await ask('POST', conversation, { FriendlyName: 'Tea' });
  const user = `/Users/${await ask('POST', '/Users', { Identity: 'bob' })}`;
  await ask('POST', user, { FriendlyName: 'Bob' });
  const added = await ask('POST', `${conversation}/Participants`, { Identity: 'bob' });
  await ask('POST', `${conversation}/Participants/${added}`, { Attributes: '{"a":1}' });
  const message = `${conversation}/Messages/${await ask('POST', `${conversation}/Messages`, { Body: 'Hi' })}`;
  await ask('POST', message, { Body: 'Ho' });
  await ask('DELETE', message);
  await ask('DELETE', `${conversation}/Participants/${added}`);
  await ask('DELETE', user);
  await ask('DELETE', conversation);
  await ask('POST', '/ConversationWithParticipants');
  return told;
}

const all = {
  'POST /Conversations': ['onConversationAdded API'],
  'POST /Conversations/{Sid}': ['onConversationUpdated API'],
  'POST /Users': ['onUserAdded API'],
  'POST /Users/{Sid}': ['onUserUpdated API'],
  'POST /Conversations/{Sid}/Participants': ['onParticipantAdded API'],
  'POST /Conversations/{Sid}/Participants/{Sid}': ['onParticipantUpdated API'],
  'POST /Conversations/{Sid}/Messages': ['onMessageAdded API'],
  'POST /Conversations/{Sid}/Messages/{Sid}': ['onMessageUpdated API'],
  'DELETE /Conversations/{Sid}/Messages/{Sid}': ['onMessageRemoved API'],
  'DELETE /Conversations/{Sid}/Participants/{Sid}': ['onParticipantRemoved API'],
  // Users who go have no event.
  'DELETE /Users/{Sid}': [],
  'DELETE /Conversations/{Sid}': ['onConversationRemoved API'],
  'POST /ConversationWithParticipants': ['onConversationAdded API'],
};
const none = Object.fromEntries(Object.keys(all).map((operation) => [operation, []]));

describe('X-Twilio-Webhook-Enabled', () => {
  const bases = () => ['/v1', `/v1/Services/${at.service}`];

  it.each(['true', 'TRUE', 'True'])(
    '%s makes each of its operations tell webhooks, in both path forms',
    async (value) => {
      for (const base of bases()) expect(await playAll(base, { 'x-twilio-webhook-enabled': value })).toEqual(all);
    },
  );

  it.each([undefined, 'false', '', 'yes', '1'])('%s makes none of them tell', async (value) => {
    const headers: Record<string, string> = value === undefined ? {} : { 'x-twilio-webhook-enabled': value };
    for (const base of bases()) expect(await playAll(base, headers)).toEqual(none);
  });
});
