import { expect, it } from 'vitest';
import { soak } from './soak.ts';

it('Loses nothing and keeps the order of each person, though the SMSC fails every fifth message and the server is killed twice.', {
  timeout: 120_000,
}, async () => {
  const result = await soak({ messages: 200, people: 20, kills: 2, seed: 1, speed: 10, say: () => {} });
  expect(result).toMatchObject({ problems: [], sent: 200, received: 40, unmarked: 0 });
});
