// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { settled, world } from './testing/world.tsx';
import { useConversation } from './use-conversation.ts';

test('A conversation is found by SID and by unique name, and is one and the same.', async () => {
  const { hook, sid, conversation } = await world();
  const { result } = await hook(() => [useConversation(sid), useConversation('lunch')] as const);
  const [bySid, byName] = result.current;
  expect(bySid).toMatchObject({ status: 'ready', error: null });
  expect(bySid.conversation).toMatchObject({ sid, friendlyName: 'Lunch', status: 'joined' });
  expect(bySid.conversation?.source).toBe(conversation);
  expect(byName.conversation?.source).toBe(conversation);
});

test('One that is there already is shown at once, and kept up to date.', async () => {
  const { hook, conversation, bob, sid } = await world();
  const shown: (string | null | undefined)[] = [];
  const { result } = await hook(() => {
    const { conversation: view } = useConversation(conversation);
    shown.push(view?.friendlyName);
    return view;
  });
  const before = result.current;
  expect(new Set(shown)).toEqual(new Set(['Lunch']));
  await settled(() => bob('conversations.update', { conversation: sid, friendlyName: 'Dinner', key: 'name' }));
  expect(result.current?.friendlyName).toBe('Dinner');
  expect(before?.friendlyName).toBe('Lunch');
});

test('It tells that the user has left.', async () => {
  const { hook, conversation } = await world();
  const { result } = await hook(() => useConversation(conversation.sid));
  await settled(() => conversation.leave());
  expect(result.current.conversation?.status).toBe('notParticipating');
});

test('One that is not there is an error, until it is.', async () => {
  const { hook, bob } = await world();
  const { result } = await hook(() => useConversation('dinner'));
  expect(result.current).toMatchObject({ conversation: null, status: 'failed', error: { code: 50350 } });
  await settled(() => {
    const { sid } = bob('conversations.create', { uniqueName: 'dinner', key: 'new' }).conversation;
    bob('participants.add', { conversation: sid, identity: 'alice', key: 'add' });
  });
  expect(result.current).toMatchObject({ status: 'ready', error: null, conversation: { uniqueName: 'dinner' } });
});

test('Another name is another conversation, and none is loading.', async () => {
  const { show, sid } = await world();
  const Name = ({ name }: { name: string | null }) => {
    const { conversation, status } = useConversation(name);
    return <p>{conversation?.friendlyName ?? status}</p>;
  };
  const { rerender, container } = await show(<Name name={null} />);
  expect(container.textContent).toBe('loading');
  rerender(<Name name={sid} />);
  await settled();
  expect(container.textContent).toBe('Lunch');
  rerender(<Name name="nowhere" />);
  await settled();
  expect(container.textContent).toBe('failed');
});
