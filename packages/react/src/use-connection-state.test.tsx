// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useConnectionState } from './use-connection-state.ts';

test('The state of the connection is right from the first moment, and follows it.', async () => {
  const { hook, network, client } = await world();
  const states: string[] = [];
  const { result } = await hook(() => {
    const state = useConnectionState();
    if (states.at(-1) !== state) states.push(state);
    return state;
  });
  expect(states).toEqual(['connected']);
  network.online = false;
  await settled(() => network.socket.cut());
  expect(result.current).toBe('disconnected');
  await settled(() => client.shutdown());
  expect(result.current).toBe('disconnected');
});
