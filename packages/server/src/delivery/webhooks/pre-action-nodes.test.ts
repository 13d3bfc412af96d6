import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canOpenNodes, type Node, type OpenNodes, openNodes } from '../../testing/open-nodes.ts';
import { testCredentials } from '../../testing/open-rest.ts';
import { WebhookReceiver } from '../../testing/webhook-receiver.ts';

const authorization = `Basic ${btoa(`${testCredentials.accountSid}:${testCredentials.authToken}`)}`;

describe.skipIf(!canOpenNodes)('With several nodes', () => {
  let nodes: OpenNodes;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    [nodes, receiver] = await Promise.all([openNodes(2, { withNats: false }), WebhookReceiver.open()]);
  }, 60_000);
  afterAll(async () => {
    await nodes.discard();
    await receiver.close();
  }, 60_000);

  test('A webhook that is configured at one is asked by the other from the next message on, and no more once it is taken away.', async () => {
    const [here, there] = nodes.nodes as [Node, Node];
    const configure = async (url: string) => {
      const answer = await fetch(`${here.url}/v1/Configuration/Webhooks`, {
        method: 'POST',
        headers: { authorization },
        body: new URLSearchParams({ PreWebhookUrl: url, Filters: 'onMessageAdd' }),
      });
      expect(answer.status).toBe(200);
    };
    const ann = await there.connect('ann');
    const { conversation } = await ann.call('conversations.create', { key: crypto.randomUUID() });
    await ann.call('conversations.join', { key: crypto.randomUUID(), conversation: conversation.sid });
    const send = (body: string) =>
      ann.call('messages.send', { key: crypto.randomUUID(), conversation: conversation.sid, body });
    await send('before');
    await configure(receiver.url('/'));
    await send('asked about');
    await configure('');
    await send('after');
    expect(receiver.received.map(({ values }) => values['Body'])).toEqual(['asked about']);
  });
});
