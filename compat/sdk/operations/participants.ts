import { expect, test } from 'vitest';
import { heard, refusal, until } from './heard.ts';
import type { World } from './world.ts';

export function participantOperations(world: () => World): void {
  test('add: participantJoined for conversation and client, with attributes', async () => {
    const { ann, anns, bens } = await world().pair();
    const cat = await world().person('cat');
    const joined = heard(bens, 'participantJoined', ({ identity }) => identity === cat.identity);
    const told = heard(ann, 'participantJoined', ({ identity }) => identity === cat.identity);
    const answer = await anns.add(cat.identity, { hat: 'red' });
    expect(answer).toMatchObject({ sid: expect.stringMatching(/^MB/), identity: cat.identity });
    expect(answer.conversation_sid).toBe(anns.sid);
    expect(JSON.parse(answer.attributes)).toEqual({ hat: 'red' });
    const participant = await joined;
    expect(participant).toMatchObject({ sid: answer.sid, type: 'chat', isTyping: false });
    expect(participant.attributes).toEqual({ hat: 'red' });
    expect(participant.conversation).toBe(bens);
    expect((await told).sid).toBe(answer.sid);
  });

  test('add: somebody who is in it already is refused', async () => {
    const { anns, ben } = await world().pair();
    expect(await refusal(anns.add(ben.identity))).toBe(50433);
  });

  test('addNonChatParticipant: of type sms, without an identity', async () => {
    const { anns, bens } = await world().pair();
    const joined = heard(bens, 'participantJoined');
    const answer = await anns.addNonChatParticipant('+12025550177', world().phoneNumber(), { name: 'Eve' });
    expect(answer.messaging_binding).toMatchObject({ type: 'sms', proxy_address: '+12025550177' });
    expect(await joined).toMatchObject({ sid: answer.sid, type: 'sms', identity: null, attributes: { name: 'Eve' } });
  });

  test('getParticipants: all who are in it, with what is known of them', async () => {
    const { ann, ben, anns } = await world().pair();
    const participants = await anns.getParticipants();
    expect(participants.map(({ identity }) => identity).sort()).toEqual([ann.identity, ben.identity].sort());
    for (const each of participants) {
      expect(each.sid).toMatch(/^MB[0-9a-f]{32}$/);
      expect(each.roleSid).toMatch(/^RL[0-9a-f]{32}$/);
      expect(each.dateCreated).toBeInstanceOf(Date);
      expect(each.lastReadMessageIndex).toBe(null);
      expect(each.lastReadTimestamp).toBe(null);
    }
  });

  test('getParticipantBySid, getParticipantByIdentity: the same object as in the list', async () => {
    const { ben, anns } = await world().pair();
    const his = (await anns.getParticipants()).find(({ identity }) => identity === ben.identity);
    expect(await anns.getParticipantBySid(his?.sid as string)).toBe(his);
    expect(await anns.getParticipantByIdentity(ben.identity)).toBe(his);
  });

  test('removeParticipant: by identity, by SID, and as an object; participantLeft, and the removed one is told', async () => {
    const { ben, anns } = await world().pair();
    const [cat, dan] = [await world().person('cat'), await world().person('dan')];
    const joined = [cat, dan].map((client) => [
      heard(client, 'conversationJoined'),
      heard(anns, 'participantJoined', ({ identity }) => identity === client.identity),
    ]);
    await anns.add(cat.identity);
    await anns.add(dan.identity);
    if (!world().isOurs) await Promise.all(joined.flat());
    const participants = await anns.getParticipants();
    const find = (who: string) => participants.find(({ identity }) => identity === who);
    const out = [ben, cat, dan].map((client) => heard(client, 'conversationLeft'));
    const left = [ben, cat, dan].map((client) =>
      heard(anns, 'participantLeft', ({ identity }) => identity === client.identity),
    );
    await anns.removeParticipant(ben.identity);
    await anns.removeParticipant(find(cat.identity)?.sid as string);
    await anns.removeParticipant(find(dan.identity) as NonNullable<ReturnType<typeof find>>);
    expect((await Promise.all(left)).map(({ identity }) => identity)).toEqual(
      [ben, cat, dan].map((each) => each.identity),
    );
    expect((await Promise.all(out)).map(({ sid }) => sid)).toEqual([anns.sid, anns.sid, anns.sid]);
    expect(await anns.getParticipantsCount()).toBe(1);
  });

  test('removeParticipant: not by a user of the conversation', async () => {
    const { ann, bens } = await world().pair();
    expect(await refusal(bens.removeParticipant(ann.identity))).toBe(50107);
  });

  test('Participant.remove', async () => {
    const { ben, anns } = await world().pair();
    const left = heard(anns, 'participantLeft');
    await (await anns.getParticipantByIdentity(ben.identity))?.remove();
    expect((await left).identity).toBe(ben.identity);
  });

  test('Participant.updateAttributes: updated and participantUpdated, with the reason', async () => {
    const { ann, ben, anns, bens } = await world().pair();
    const his = await anns.getParticipantByIdentity(ben.identity);
    if (!his) throw new Error('He is in it.');
    const updated = heard(his, 'updated', ({ updateReasons }) => updateReasons.includes('attributes'));
    const told = heard(ann, 'participantUpdated', ({ updateReasons }) => updateReasons.includes('attributes'));
    const mine = await bens.getParticipantByIdentity(ben.identity);
    await mine?.updateAttributes({ hat: ['blue'] });
    expect((await updated).participant).toBe(his);
    expect((await told).participant.attributes).toEqual({ hat: ['blue'] });
  });

  test('roleSid: what the back end changes is seen, with the reason', async () => {
    const { ben, anns } = await world().pair();
    const his = await anns.getParticipantByIdentity(ben.identity);
    const roles = await world().rest.roles.list();
    const roleSid = roles.find(({ friendlyName }) => friendlyName === 'channel admin')?.sid as string;
    const changed = heard(anns, 'participantUpdated', ({ updateReasons }) => updateReasons.includes('roleSid'));
    await world()
      .rest.conversations(anns.sid)
      .participants(his?.sid as string)
      .update({ roleSid });
    expect((await changed).participant.roleSid).toBe(roleSid);
  });

  test('lastReadMessageIndex, lastReadTimestamp: others see how far one has read, with the reasons', async () => {
    const { ben, anns, bens } = await world().pair();
    await anns.getParticipants();
    await anns.sendMessage('read me');
    const read = heard(anns, 'participantUpdated', ({ updateReasons }) =>
      updateReasons.includes('lastReadMessageIndex'),
    );
    await bens.setAllMessagesRead();
    const { participant } = await read;
    expect(participant).toMatchObject({ identity: ben.identity, lastReadMessageIndex: 0 });
    await until(participant, 'updated', () => participant.lastReadTimestamp instanceof Date);
  });

  test('Participant.getUser: the user behind him', async () => {
    const { ben, anns } = await world().pair();
    const user = await (await anns.getParticipantByIdentity(ben.identity))?.getUser();
    expect(user).toMatchObject({ identity: ben.identity, isSubscribed: true });
  });

  test('typing: typingStarted and, after a while, typingEnded, for participant, conversation and client', async () => {
    const { ann, ben, anns, bens } = await world().pair();
    const mine = await bens.getParticipantByIdentity(ann.identity);
    if (!mine) throw new Error('She is in it.');
    const started = [heard(bens, 'typingStarted'), heard(ben, 'typingStarted'), heard(mine, 'typingStarted')];
    const ended = [heard(bens, 'typingEnded'), heard(ben, 'typingEnded'), heard(mine, 'typingEnded')];
    await anns.typing();
    for (const participant of await Promise.all(started)) expect(participant.identity).toBe(ann.identity);
    expect(mine.isTyping).toBe(true);
    for (const participant of await Promise.all(ended)) expect(participant.identity).toBe(ann.identity);
    expect(mine.isTyping).toBe(false);
  });

  test('typing: ends when the message comes', async () => {
    const { anns, bens } = await world().pair();
    await bens.getParticipants();
    const started = heard(bens, 'typingStarted');
    await anns.typing();
    await started;
    const ended = heard(bens, 'typingEnded');
    await anns.sendMessage('done');
    await ended;
  });
}
