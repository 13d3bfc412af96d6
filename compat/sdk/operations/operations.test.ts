import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectionOperations } from './connection.ts';
import { conversationOperations } from './conversations.ts';
import { heard } from './heard.ts';
import { mediaOperations } from './media.ts';
import { messageOperations } from './messages.ts';
import { gatewayPath, packages } from './packages.ts';
import { participantOperations } from './participants.ts';
import { readingOperations } from './reading.ts';
import { richOperations } from './rich.ts';
import { userOperations } from './users.ts';
import { World } from './world.ts';

for (const each of packages.filter(({ reaches }) => reaches)) {
  describe(each.name, () => {
    let world: World;
    beforeAll(async () => {
      world = await World.start(each);
    });
    afterEach(() => world.hangUp());
    afterAll(() => world.end());
    const here = () => world;

    describe('Connection', () => connectionOperations(here));
    describe('Conversations', () => conversationOperations(here));
    describe('Participants', () => participantOperations(here));
    describe('Messages', () => messageOperations(here));
    describe('Reading', () => readingOperations(here));
    describe('Media', () => mediaOperations(here));
    describe('Rich messages, e-mail and push', () => richOperations(here));
    describe('Users', () => userOperations(here));
  });
}

// As long as the server has nothing to connect to, the operations above cannot be run with the official package. When it
// has, this fails: say then in packages.ts that the package reaches it.
for (const each of packages.filter(({ reaches }) => !reaches)) {
  test(`${each.name} finds nothing to connect to, so the operations were not run with it.`, async () => {
    const world = await World.start(each);
    try {
      const answer = await fetch(`${world.server.url}${gatewayPath}`);
      expect(answer.status).toBe(404);
      const client = world.client(await world.server.token('ann'));
      expect(await heard(client, 'stateChanged')).toBe('failed');
    } finally {
      await world.server.discard();
    }
  });
}
