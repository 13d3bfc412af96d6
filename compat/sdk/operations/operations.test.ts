import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { connectionOperations } from './connection.ts';
import { conversationOperations } from './conversations.ts';
import { mediaOperations } from './media.ts';
import { messageOperations } from './messages.ts';
import { packages } from './packages.ts';
import { participantOperations } from './participants.ts';
import { readingOperations } from './reading.ts';
import { richOperations } from './rich.ts';
import { userOperations } from './users.ts';
import { World } from './world.ts';

for (const each of packages) {
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
