import { renderToString } from 'react-dom/server';
import { expect, test } from 'vitest';
import { inConversation } from '../../client/src/testing/start.ts';
import { ColloquyProvider } from './provider.ts';
import { Everything } from './testing/everything.tsx';

test('On a server, where there is no window, all hooks give what they have before anything is loaded.', async () => {
  expect(typeof window).toBe('undefined');
  const { client, conversation, sid, asked } = await inConversation();
  const listeners = client.listenerCount() + conversation.listenerCount();
  for (const given of [null, client]) {
    const html = renderToString(
      <ColloquyProvider client={given}>
        <Everything sid={sid} />
      </ColloquyProvider>,
    );
    expect(html.replace(/<.*?>/g, '')).toBe('unknown ?: ? of with :; unread: none; typing: ');
  }
  expect(client.listenerCount() + conversation.listenerCount()).toBe(listeners);
  expect(asked('messages.list')).toEqual([]);
});
