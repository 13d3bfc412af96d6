import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSender, own, type SenderUnderTest } from '../../api/rest/x/test-senders.ts';
import type { SendResult } from '../message.ts';
import { openRigChannels } from '../test-rig.ts';

let at: SenderUnderTest;
beforeEach(async () => {
  at = await openSender();
});
afterEach(() => at.close());

const refusal: SendResult = {
  outcome: 'rejected',
  error: { kind: 'credentials', code: '401', message: 'Who are you?' },
};
const shown = async () => (await at.call('GET', `/senders/${at.sender}`)).body as { state: string };
const change = (body: object) => at.call('POST', `/senders/${at.sender}`, body);
/** Somebody else, in a conversation of his own. */
const sayTo = async (address: string, proxyAddress = own) =>
  at.rig.say(await at.rig.converse({ address, proxyAddress }), 'hello');
const sentTo = () => at.carrier.sent.map(({ recipient }) => recipient);

describe('a sender that its provider refuses', () => {
  it('is shown as active when it sends again after a restart', async () => {
    at.carrier.answers = [refusal];
    await at.say({ body: 'one' });
    await at.until(async () => (await shown()).state === 'refused');
    await at.channels.close();
    const channels = await openRigChannels(at.rig, 'off', { modules: [at.carrier.module] });
    await channels.idle();
    expect(at.carrier.sent).toHaveLength(2);
    await at.until(async () => (await shown()).state === 'active');
    await channels.close();
  });

  it('is shown as active when it sends again from another of its addresses', async () => {
    const other = '+12025550177';
    await change({ addresses: [own, other] });
    at.carrier.answers = [refusal];
    await at.say({ body: 'one' });
    await at.until(async () => (await shown()).state === 'refused');
    await sayTo('+12025550124', other);
    await at.until(async () => (await shown()).state === 'active');
    expect(sentTo()).toEqual(['+12025550123', '+12025550124']);
  });

  it('goes on at once with everything when it is repaired, also with what was not even tried', async () => {
    at.carrier.answers = [refusal];
    await at.say({ body: 'one' });
    await at.channels.idle();
    await sayTo('+12025550124');
    await sayTo('+12025550125');
    await at.channels.idle();
    expect(at.carrier.sent).toHaveLength(1);
    const now = at.rig.clock.now();
    await change({ config: { token: 'another-token' } });
    await at.channels.idle();
    expect(at.rig.clock.now()).toBe(now);
    expect(sentTo().slice(1).sort()).toEqual(['+12025550123', '+12025550124', '+12025550125']);
  });
});

describe('an address whose sender is not at work', () => {
  it('is not taken over by the virtual phones, and belongs to the account all the same', async () => {
    await at.channels.close();
    // A server without this kind of channel, or without the key of its secrets.
    const channels = await openRigChannels(at.rig, 'any', { modules: [] });
    const message = await at.say({ body: 'one' });
    await channels.idle();
    expect(await at.statusOf(message)).toEqual([null, 0]);
    expect(await channels.owns(own)).toBe(true);
    expect(channels.ownerOf(own)).toBeUndefined();
    expect(channels.ownerOf('+12025550999')?.name).toBe('sandbox');
    await channels.close();
  });
});

it('does not write to somebody who wants no messages, however his network spells his number', async () => {
  const message = { eventId: 'c', recipient: own, at: 0 };
  await at.report({ type: 'consent', sender: '+5215512345678', state: 'stop', ...message });
  const conversation = await at.rig.converse({ address: '+525512345678', proxyAddress: own });
  const refused = await at.rig.say(conversation, 'hello');
  expect((await at.rig.receipts(refused)).map((row) => row.error_code)).toEqual([21610]);
  await at.report({ type: 'consent', sender: '+5215512345678', state: 'start', ...message, eventId: 'd' });
  const taken = await at.rig.say(conversation, 'hello');
  expect((await at.rig.receipts(taken)).map((row) => row.error_code)).toEqual([0]);
});
