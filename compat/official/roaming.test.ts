import type { Client, ClientOptions, Conversation } from '@twilio/conversations';
import official from '@twilio/conversations';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canOpenNodes, type Node, type OpenNodes, openNodes } from '../../packages/server/src/testing/open-nodes.ts';
import { authorization } from '../../packages/server/src/testing/open-rest.ts';
import { heard, until } from '../sdk/operations/heard.ts';
import { settled } from '../sdk/operations/settled.ts';
import { CuttingProxy } from './cutting-proxy.ts';
import { back, conversationOf, cutOff } from './stage.ts';

/** One with the official package is cut off from one node, and comes back to another one. */
describe.skipIf(!canOpenNodes)('Between two nodes', () => {
  let nodes: OpenNodes;
  let here: Node;
  let there: Node;
  beforeAll(async () => {
    nodes = await openNodes(2);
    [here, there] = nodes.nodes as [Node, Node];
  }, 60_000);
  afterAll(() => nodes.discard(), 60_000);

  const post = async (node: Node, path: string, form: Record<string, string>): Promise<{ sid: string }> => {
    const headers = { authorization: authorization.byAccount };
    const answer = await fetch(node.url + path, { method: 'POST', headers, body: new URLSearchParams(form) });
    expect(answer.status).toBe(201);
    return (await answer.json()) as { sid: string };
  };
  const say = (node: Node, room: string, body: string) =>
    post(node, `/v1/Conversations/${room}/Messages`, { Body: body });

  const open = async (token: string, url: string): Promise<Client> => {
    const uri = `${url.replace('http', 'ws')}/v3/wsconnect`;
    const client = new official.Client(token, { twilsock: { uri } } as ClientOptions);
    await heard(client, 'initialized');
    await settled(client);
    return client;
  };
  const bodies = (conversation: Conversation) => {
    const said: (string | null)[] = [];
    conversation.on('messageAdded', ({ body }) => said.push(body));
    return said;
  };

  test('She hears what was said meanwhile at either, once and in order, and what follows; so do others at once.', async () => {
    const proxy = await CuttingProxy.open(here.url);
    const { sid: room } = await post(here, '/v1/Conversations', { FriendlyName: 'Room' });
    for (const Identity of ['ann', 'ben']) await post(here, `/v1/Conversations/${room}/Participants`, { Identity });
    const ann = await open(await here.token('ann'), proxy.url);
    const ben = await open(await there.token('ben'), there.url);
    const [anns, bens] = [await conversationOf(ann, room, 2), await conversationOf(ben, room, 2)];
    await Promise.all([anns.getMessages(), bens.getMessages()]);
    const [heardByAnn, heardByBen] = [bodies(anns), bodies(bens)];
    await say(here, room, 'at one');
    await say(there, room, 'at the other');
    for (const [conversation, said] of [
      [anns, heardByAnn],
      [bens, heardByBen],
    ] as const) {
      await until(conversation, 'messageAdded', () => said.length >= 2);
      expect(said).toEqual(['at one', 'at the other']);
    }

    await cutOff(ann, proxy);
    proxy.leadTo(there.url);
    for (let n = 0; n < 10; n += 1) await say(n % 2 === 0 ? here : there, room, `missed ${n}`);
    await back(ann, proxy);
    await say(here, room, 'after');
    await bens.sendMessage('from ben');
    const all = ['at one', 'at the other', ...Array.from({ length: 10 }, (_, n) => `missed ${n}`), 'after', 'from ben'];
    await until(anns, 'messageAdded', () => heardByAnn.length >= all.length);
    await until(bens, 'messageAdded', () => heardByBen.length >= all.length);
    expect(heardByAnn).toEqual(all);
    expect(heardByBen).toEqual(all);

    const typing = heard(bens, 'typingStarted', (who) => who.identity === 'ann');
    await anns.typing();
    await typing;
    await Promise.all([ann.shutdown(), ben.shutdown()]);
    await proxy.close();
  });
});
