import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenWebhooks, openWebhooks } from '../../testing/open-webhooks.ts';
import type { RawClient } from '../../testing/raw-client.ts';
import type { ReceivedRequest } from '../../testing/webhook-receiver.ts';

let at: OpenWebhooks;
let ann: RawClient;
let conversation: string;

beforeEach(async () => {
  at = await openWebhooks();
  ann = await at.connect('ann');
  const entry = await ann.call('conversations.create', {});
  conversation = entry.conversation.sid;
  await ann.call('conversations.join', { conversation });
});
afterEach(() => at.discard());

async function attach(path: string, settings: Record<string, string | string[]>): Promise<{ sid: string }> {
  return at.post(`/v1/Conversations/${conversation}/Webhooks`, {
    Target: 'webhook',
    'Configuration.Url': at.receiver.url(path),
    ...settings,
  });
}

const say = (body: string) => ann.call('messages.send', { conversation, body });
const bodies = (requests: ReceivedRequest[]) => requests.map(({ values }) => values['Body']);

describe("A conversation's webhook", () => {
  it("is told in addition to the account's, of its own conversation only", async () => {
    await attach('/scoped', { 'Configuration.Filters': ['onMessageAdded', 'onParticipantAdded'] });
    const other = await ann.call('conversations.create', {});
    await ann.call('conversations.join', { conversation: other.conversation.sid });
    await ann.call('messages.send', { conversation: other.conversation.sid, body: 'elsewhere' });
    await say('here');
    await ann.call('participants.add', { conversation, identity: 'bob' });
    await ann.call('conversations.update', { conversation, friendlyName: 'Tea' });
    await say('last');
    const scoped = await at.receiver.first(3, '/scoped');
    expect(scoped.map(({ values }) => values['EventType'])).toEqual([
      'onMessageAdded',
      'onParticipantAdded',
      'onMessageAdded',
    ]);
    expect(scoped.every(({ values }) => values['ConversationSid'] === conversation)).toBe(true);
    const toAccount = await at.told('onMessageAdded', 1);
    expect(toAccount.parameters).toEqual(scoped[0]?.parameters);
    expect(toAccount.headers['x-colloquy-event-id']).toBe(scoped[0]?.headers['x-colloquy-event-id']);
    expect(toAccount.headers['i-twilio-idempotency-token']).not.toBe(scoped[0]?.headers['i-twilio-idempotency-token']);
  });

  it('with triggers is told of messages that contain one of them, in any letter case', async () => {
    const triggers = { Target: 'trigger', 'Configuration.Triggers': ['Help', 'äh'], 'Configuration.Method': 'get' };
    await attach('/trigger', triggers);
    for (const body of ['nothing', 'I need HELP!', 'hel p', 'Äh, what?']) await say(body);
    await at.told('onMessageAdded', 3);
    const requests = await at.receiver.first(2, '/trigger');
    expect(bodies(requests)).toEqual(['I need HELP!', 'Äh, what?']);
    expect(requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('for Studio calls nothing', async () => {
    const { sid } = await attach('/studio', { Target: 'studio', 'Configuration.FlowSid': `FW${'0'.repeat(32)}` });
    await say('hello');
    await at.told('onMessageAdded');
    const { deliveries } = await at.get(`/v1/x/webhook-deliveries?target=${sid}`);
    expect(deliveries).toEqual([]);
  });

  it('is told of the removal of its conversation, with which it goes', async () => {
    const { sid } = await attach('/scoped', { 'Configuration.Filters': 'onConversationRemoved' });
    await ann.call('conversations.delete', { conversation });
    const [request] = await at.receiver.first(1, '/scoped');
    expect(request?.values).toMatchObject({ EventType: 'onConversationRemoved', ConversationSid: conversation });
    const rows = await at.server.core.db.sql.selectFrom('conversation_webhooks').select('sid').execute();
    expect(rows).toEqual([]);
    expect((await at.get(`/v1/x/webhook-deliveries?target=${sid}`)).deliveries).toHaveLength(1);
  });

  it('is not told what a back end does without asking for it', async () => {
    await attach('/scoped', { 'Configuration.Filters': 'onMessageAdded' });
    const path = `/v1/Conversations/${conversation}/Messages`;
    await at.post(path, { Body: 'quiet' });
    const headers = { 'x-twilio-webhook-enabled': 'TRUE' };
    await at.ask('POST', path, { form: { Body: 'asked for' }, headers });
    const [request] = await at.receiver.first(1, '/scoped');
    expect(request?.values).toMatchObject({ Body: 'asked for', Source: 'API' });
    expect(request?.values).not.toHaveProperty('ClientIdentity');
  });
});

describe('A replay', () => {
  it('begins at the index it is asked for, and what is new comes after it', async () => {
    for (const body of ['zero', 'one', 'two']) await say(body);
    await at.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'three', Author: 'machine' });
    const replay = { 'Configuration.Filters': 'onMessageAdded', 'Configuration.ReplayAfter': '1' };
    await attach('/replay', replay);
    await say('four');
    const requests = await at.receiver.first(4, '/replay');
    expect(bodies(requests)).toEqual(['one', 'two', 'three', 'four']);
    expect(requests.map(({ values }) => [values['Source'], values['ClientIdentity']])).toEqual([
      ['SDK', 'ann'],
      ['SDK', 'ann'],
      ['API', undefined],
      ['SDK', 'ann'],
    ]);
    expect(requests.map(({ values }) => values['Index'])).toEqual(['1', '2', '3', '4']);
  });

  it('of more than a piece is in order and whole, and leaves out what triggers do not want', async () => {
    for (let index = 0; index < 120; index += 1) await say(index % 40 === 0 ? `call ${index}` : `${index}`);
    await attach('/all', { 'Configuration.Filters': 'onMessageAdded', 'Configuration.ReplayAfter': '0' });
    const trigger = { Target: 'trigger', 'Configuration.Triggers': 'call', 'Configuration.ReplayAfter': '0' };
    await attach('/calls', trigger);
    await say('call the last');
    const all = await at.receiver.first(121, '/all');
    expect(all.map(({ values }) => values['Index'])).toEqual(Array.from({ length: 121 }, (_, index) => String(index)));
    expect(bodies(await at.receiver.first(4, '/calls'))).toEqual(['call 0', 'call 40', 'call 80', 'call the last']);
  });
});

describe("A service's webhook", () => {
  it("replaces the account's there, save for users, and no longer once it has no address", async () => {
    const path = `/v1/Services/${at.service}/Configuration/Webhooks`;
    const post = { PostWebhookUrl: at.receiver.url('/service'), Filters: ['onMessageAdded'] };
    await at.post(path, post);
    await say('one');
    const [request] = await at.receiver.first(1, '/service');
    expect(request?.values).toMatchObject({ EventType: 'onMessageAdded', Body: 'one' });
    await ann.call('users.update', { user: 'ann', friendlyName: 'Ann' });
    await at.told('onUserUpdated');
    await at.post(path, { PostWebhookUrl: '' });
    await say('two');
    expect((await at.told('onMessageAdded')).values['Body']).toBe('two');
    expect(at.receiver.received.filter(({ path: to }) => to === '/service')).toHaveLength(1);
  });

  it("is not told of another service, whose events go to the account's", async () => {
    await at.post(`/v1/Services/${at.service}/Configuration/Webhooks`, {
      PostWebhookUrl: at.receiver.url('/service'),
      Filters: ['onConversationAdded'],
    });
    const { sid } = await at.post('/v1/Services', { FriendlyName: 'Other' });
    const headers = { 'x-twilio-webhook-enabled': 'true' };
    await at.ask('POST', `/v1/Services/${sid}/Conversations`, { form: { FriendlyName: 'there' }, headers });
    const { values } = await at.told('onConversationAdded', 1);
    expect(values).toMatchObject({ ChatServiceSid: sid, FriendlyName: 'there' });
    expect(at.receiver.received.some(({ path }) => path === '/service')).toBe(false);
  });

  it('for Flex calls nothing', async () => {
    await at.post('/v1/Configuration/Webhooks', { Target: 'flex' });
    await say('unheard');
    await at.post('/v1/Configuration/Webhooks', { Target: 'webhook' });
    await say('heard');
    expect((await at.told('onMessageAdded')).values['Body']).toBe('heard');
  });
});
