// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useParticipants } from './use-participants.ts';
import type { ParticipantView } from './view.ts';

const identities = ({ participants }: { participants: readonly ParticipantView[] }) =>
  participants.map(({ identity }) => identity).join(' ');

test('Participants come, change and go.', async () => {
  const { hook, conversation, bob, sid } = await world();
  const { result } = await hook(() => useParticipants(conversation));
  expect(result.current).toMatchObject({ status: 'ready', error: null });
  expect(identities(result.current)).toBe('bob alice');
  await settled(() => bob('participants.add', { conversation: sid, identity: 'carol', key: 'add' }));
  expect(identities(result.current)).toBe('bob alice carol');
  const [first, second] = result.current.participants;
  await settled(() => first?.source.updateAttributes({ seat: 1 }));
  expect(result.current.participants[0]?.attributes).toEqual({ seat: 1 });
  expect(first?.attributes).toEqual({});
  expect(result.current.participants[1]).toBe(second);
  await settled(() => bob('participants.remove', { conversation: sid, participant: 'carol', key: 'remove' }));
  expect(identities(result.current)).toBe('bob alice');
});

test('The list is asked for once, and knows who is typing.', async () => {
  const { hook, conversation, asked, server, sid } = await world();
  const { result } = await hook(() => [useParticipants(conversation), useParticipants(conversation)] as const);
  expect(result.current[0]).toBe(result.current[1]);
  expect(asked('participants.list')).toHaveLength(1);
  await settled(() => server.typing(sid, 'bob'));
  expect(result.current[0].participants.map(({ isTyping }) => isTyping)).toEqual([true, false]);
});

test('Who comes in again sees who is there now.', async () => {
  const { hook, conversation, bob, sid } = await world();
  const { result } = await hook(() => useParticipants(conversation));
  await settled(() => {
    bob('participants.remove', { conversation: sid, participant: 'alice', key: 'out' });
    bob('participants.add', { conversation: sid, identity: 'carol', key: 'carol' });
    bob('participants.add', { conversation: sid, identity: 'alice', key: 'in' });
  });
  expect(identities(result.current)).toBe('bob carol alice');
});
