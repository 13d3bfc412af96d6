import { expect, test } from 'vitest';
import type { Told } from '../record/entries.ts';
import { check } from './check.ts';
import { type Sound, sound, timed } from './doctored.ts';
import { Evidence } from './evidence.ts';
import { append, entry, move, spoiled, without } from './spoil.ts';

const delivered = { sid: 'DY0', messageSid: 'IM0', participantSid: 'MB2', status: 'delivered' };
const late = { sid: 'IM2', index: 2, body: 'w.1 says' };

/** The first message is changed once more. */
function change({ entries }: Sound, what: 'edit' | 'remove', told: Pick<Told, 'outcome' | 'status' | 'why'>): void {
  const asked = { kind: 'asked', id: 'w.9', actor: 'w', what, conversation: 'CH1', keyed: true } as const;
  entries.push({ ...asked, target: 'w.1', body: 'w.1 edited w.9' }, { kind: 'told', id: 'w.9', ...told });
}

/** It is gone, and everybody was told. */
function isRemoved(given: Sound): void {
  const { entries, found } = given;
  append(given, 'message.removed', { sid: 'IM0' });
  found.messages.shift();
  found.held['reader']?.shift();
  const event = `CH1.${found.log.length + 1}`;
  entries.push({ kind: 'hooked', event, type: 'onMessageRemoved', token: 'd', taken: true });
}

test('A sound journal is found to be sound.', () => {
  expect(spoiled(() => {})).toEqual({});
});

test('Of what nobody can say it may have happened or not.', () => {
  const undecided = { outcome: 'unknown', undecided: true } as const;
  const edit = { kind: 'asked', id: 'w.9', actor: 'w', what: 'edit', conversation: 'CH1', keyed: true } as const;
  const read = { kind: 'asked', id: 'r.9', actor: 'reader', what: 'read', conversation: 'CH1', keyed: true } as const;
  const editOfRemoved = (given: Sound) => {
    change(given, 'edit', { outcome: 'refused', status: 404, why: '404' });
    given.entries.push({
      kind: 'asked',
      id: 'w.8',
      actor: 'w',
      what: 'remove',
      target: 'w.1',
      conversation: 'CH1',
      keyed: false,
    });
    isRemoved(given);
  };
  const did = (given: Sound) => void Object.assign(entry(given, 'told', { id: 'w.3' }), undecided);
  const didNot = (given: Sound) => {
    given.entries.push({ ...edit, target: 'w.1' }, { kind: 'told', id: 'w.9', ...undecided });
    given.entries.push({ ...read, target: 1 }, { kind: 'told', id: 'r.9', ...undecided });
  };
  const hasRead = (given: Sound) => {
    given.entries.push({ ...read, target: 1 }, { kind: 'told', id: 'r.9', ...undecided });
    given.found.reading = { reader: { horizon: 1, rest: 0, sdk: 0 } };
  };
  const hasLeft = (given: Sound) => {
    move(given, 'leave', undecided);
    move(given, 'leave', { outcome: 'refused', why: '404' });
    given.found.participants.pop();
    append(given, 'participant.removed', { sid: 'MB3' });
  };
  const stayed = (given: Sound) => move(given, 'leave', undecided);
  for (const spoil of [did, didNot, hasRead, hasLeft, stayed, editOfRemoved]) expect(spoiled(spoil)).toEqual({});
});

test.each<[string, (given: Sound) => void, Record<string, string[]>]>([
  [
    'an acknowledged message that is lost',
    (given) => {
      given.entries.push({ kind: 'asked', id: 'w.9', actor: 'w', what: 'send', conversation: 'CH1', keyed: false });
      given.entries.push({ kind: 'told', id: 'w.9', outcome: 'acknowledged', sid: 'IM9', index: 9 });
    },
    { sends: ['"w.9" in CH1 was acknowledged as IM9, and is lost'] },
  ],
  [
    'an acknowledged message with another index',
    (given) => Object.assign(entry(given, 'told', { id: 'w.1' }), { index: 4, sid: 'IM4' }),
    {
      sends: [
        '"w.1" in CH1 was acknowledged with index 4, and has 0',
        '"w.1" in CH1 was acknowledged as IM4, and is IM0',
      ],
    },
  ],
  [
    'a message whose text was altered before it was stored',
    (given) => Object.assign(entry(given, 'asked', { id: 'w.1' }), { body: 'w.1 says more' }),
    { sends: ['"w.1" in CH1 was sent as "w.1 says more", and came in as "w.1 says"'] },
  ],
  [
    'a message that was refused for no reason',
    (given) => {
      given.entries.push({ kind: 'asked', id: 'w.9', actor: 'w', what: 'send', conversation: 'CH1', keyed: true });
      given.entries.push({ kind: 'told', id: 'w.9', outcome: 'refused', status: 403, why: '403' });
    },
    { sends: ['"w.9" in CH1 was refused (403), and nothing forbids it'] },
  ],
  [
    'a refused message that is stored',
    (given) => Object.assign(entry(given, 'told', { id: 'w.1' }), { outcome: 'refused' }),
    { sends: ['"w.1" in CH1 was refused, and is stored as 0'] },
  ],
  [
    'a message with a key that was never answered',
    (given) => without(given, 'told', { id: 'w.1' }),
    { sends: ['"w.1" in CH1 was never answered: no word'] },
  ],
  [
    'a message that nobody sent',
    (given) => {
      without(given, 'asked', { id: 'w.1' });
    },
    { sends: ['CH1 has "w.1" as IM0, which nobody sent'] },
  ],
  [
    'a lost edit',
    (given) => {
      given.entries.push({
        ...{ kind: 'asked', id: 'w.9', actor: 'w', what: 'edit', conversation: 'CH1', keyed: true, target: 'w.1' },
      });
      given.entries.push({ kind: 'told', id: 'w.9', outcome: 'acknowledged' });
    },
    { changes: ['the edit "w.9" of "w.1" in CH1 was acknowledged, and is lost'] },
  ],
  [
    'a lost removal',
    (given) => {
      given.entries.push({
        ...{ kind: 'asked', id: 'w.9', actor: 'w', what: 'remove', conversation: 'CH1', keyed: true, target: 'w.1' },
      });
      given.entries.push({ kind: 'told', id: 'w.9', outcome: 'acknowledged' });
    },
    { changes: ['the removal "w.9" of "w.1" in CH1 was acknowledged, and is lost'] },
  ],
  [
    'an edit that was refused and happened',
    (given) => Object.assign(entry(given, 'told', { id: 'w.3' }), { outcome: 'refused' }),
    { changes: ['the edit "w.3" of "w.1" in CH1 was refused, and happened'] },
  ],
  [
    'a removal that was refused and happened',
    (given) => {
      change(given, 'remove', { outcome: 'refused', status: 503, why: '503' });
      isRemoved(given);
    },
    { changes: ['the removal "w.9" of "w.1" in CH1 was refused, and happened'] },
  ],
  ['a removal that nobody asked for', (given) => isRemoved(given), { changes: ['"w.1" in CH1 was removed by nobody'] }],
  [
    'a removal that was refused for no reason',
    (given) => change(given, 'remove', { outcome: 'refused', status: 404, why: '404' }),
    { changes: ['the removal "w.9" of "w.1" in CH1 was refused (404), and nothing forbids it'] },
  ],
  [
    'an edit that nobody asked for',
    (given) => {
      without(given, 'asked', { id: 'w.3' });
      without(given, 'told', { id: 'w.3' });
    },
    { changes: ['"w.1" in CH1 has the text "w.1 edited w.3", which nobody gave it'] },
  ],
  [
    'an edit whose text was altered',
    (given) => Object.assign(entry(given, 'asked', { id: 'w.3' }), { body: 'w.1 has edited w.3' }),
    {
      changes: [
        'the edit "w.3" of "w.1" in CH1 was acknowledged, and is lost',
        '"w.1" in CH1 has the text "w.1 edited w.3", which nobody gave it',
      ],
    },
  ],
  [
    'a gap in the positions',
    ({ found }) => Object.assign(found.log[5] as object, { position: 70 }),
    { log: ['the positions of CH1 have 70 where 7 is due'] },
  ],
  [
    'a message that REST does not list',
    ({ found }) => {
      found.messages.pop();
      Object.assign(found.reading['reader'] as object, { rest: 0, sdk: 0 });
    },
    {
      log: ['the log of CH1 has IM1 (1, "phone+12025550177.2 writes"), which REST has not'],
      readers: ['reader in CH1 has IM1 (1, "phone+12025550177.2 writes"), which REST has not'],
    },
  ],
  [
    'a horizon that went back',
    ({ found }) => Object.assign(found.reading['reader'] as object, { horizon: null, rest: null, sdk: null }),
    { reading: ['reader in CH1 has read up to null, and moved that to 0'] },
  ],
  [
    'counts of unread messages that are wrong',
    ({ found }) => Object.assign(found.reading['reader'] as object, { rest: 2, sdk: 0 }),
    {
      reading: [
        'reader in CH1 has 2 unread messages by REST, and there are 1',
        'reader in CH1 has 0 unread messages by the SDK, and there are 1',
      ],
    },
  ],
  [
    'a phone that shows a message twice',
    ({ found }) => found.phones['+12025550177']?.push('w.1 says'),
    { phones: ['the phone +12025550177 shows "w.1" 2 times'] },
  ],
  [
    'a phone that shows another text',
    ({ found }) => found.phones['+12025550177']?.splice(0, 1, 'w.1 sa'),
    { phones: ['the phone +12025550177 shows "w.1 sa", which was written as "w.1 says"'] },
  ],
  [
    'a phone that shows nothing',
    ({ found }) => found.phones['+12025550177']?.pop(),
    { phones: ['the phone +12025550177 has not got "w.1"'] },
  ],
  [
    'a receipt that goes back',
    (given) => append(given, 'receipt.updated', { ...delivered, status: 'sent' }),
    { receipts: ['DY0 went from delivered back to sent', 'DY0 of IM0 ("w.1") ended as sent'] },
  ],
  [
    'a phone whose receipt is of another one',
    ({ found }) => {
      found.phones['+12025550178'] = ['w.1 says', 'phone+12025550177.2 writes'];
      const sid = 'DY1';
      append({ found, entries: [] }, 'participant.added', { sid: 'MB9', binding: { address: '+12025550178' } });
      append({ found, entries: [] }, 'receipt.added', { ...delivered, sid });
      append({ found, entries: [] }, 'receipt.added', {
        ...delivered,
        sid: 'DY2',
        messageSid: 'IM1',
        participantSid: 'MB9',
      });
      found.participants.push('+12025550178');
    },
    {
      receipts: [
        'IM0 ("w.1") has 2 receipts of +12025550177, not 1',
        'IM0 ("w.1") has 0 receipts of +12025550178, not 1',
      ],
    },
  ],
  [
    'a webhook that never came',
    (given) => without(given, 'hooked', { event: 'CH1.9' }),
    { webhooks: ['the webhook never got CH1.9 (onMessageAdded)'] },
  ],
  [
    'a webhook that was turned away and did not come again',
    (given) => Object.assign(entry(given, 'hooked', { event: 'CH1.9' }), { taken: false }),
    { webhooks: ['the webhook never got CH1.9 (onMessageAdded)'] },
  ],
  [
    'webhooks in another order',
    (given) => {
      const first = entry(given, 'hooked', { event: 'CH1.4' });
      without(given, 'hooked', { event: 'CH1.4' });
      given.entries.push(first);
    },
    { webhooks: ['the webhook got CH1.4 after CH1.10'] },
  ],
  [
    'a webhook under another token',
    (given) => given.entries.push({ ...entry(given, 'hooked', { event: 'CH1.9' }), token: 'z' }),
    { webhooks: ['the webhook got CH1.9 under two tokens'] },
  ],
  [
    'a webhook for nothing',
    (given) => given.entries.push({ ...entry(given, 'hooked', { event: 'CH1.9' }), event: 'CH1.3', token: 'z' }),
    { webhooks: ['the webhook got CH1.3 as onMessageAdded, which is none of what it asked for'] },
  ],
  [
    'what is left to be done, what was given up, and an answer that no fault excuses',
    (given) => {
      Object.assign(entry(given, 'left-over', {}), { waiting: ['a copy'], dead: ['another'] });
      given.entries.push({ kind: 'offence', actor: 'w', what: 'GET / was answered with 500' });
    },
    { ends: ['still to be done: a copy', 'given up: another', 'w: GET / was answered with 500'] },
  ],
  [
    'an app that was answered with 500',
    (given) => {
      Object.assign(entry(given, 'told', { id: 'r.1' }), { outcome: 'refused', status: 500, why: '20500 500 Oh' });
      Object.assign(given.found.reading['reader'] as object, { horizon: null, rest: null, sdk: null });
    },
    { ends: ['reader: "r.1" was answered with 500: 20500 500 Oh'] },
  ],
  [
    'a server that ended by itself',
    (given) => given.entries.push({ kind: 'ended', node: 'node-1', how: 'code 1' }),
    { ends: ['node-1 ended by itself: code 1'] },
  ],
  [
    'a server that did not come up',
    (given) => given.entries.push({ kind: 'ended', node: 'node-1', how: 'code 1', since: 3 }),
    { ends: ['node-1 did not come up: code 1'] },
  ],
  [
    'a conversation of which nobody has looked what is in it',
    (given) => {
      const asked = { kind: 'asked', actor: 'back-end', conversation: 'CH2', keyed: false } as const;
      given.entries.push({ ...asked, id: 'w.9', what: 'send' });
    },
    { ends: ['the journal does not say what was found in CH2'] },
  ],
  [
    'what the doctor finds',
    (given) => Object.assign(entry(given, 'consulted', {}), { findings: ['users: user US1: His log is empty.'] }),
    { doctor: ['users: user US1: His log is empty.'] },
  ],
])('It sees %s.', (_name, spoil, wrong) => {
  expect(spoiled(spoil)).toEqual(wrong);
});

test('It sees a message that is stored twice, and a gap in the indexes.', () => {
  const wrong = spoiled((given) => {
    append(given, 'message.added', { ...late, index: 5 });
    given.found.messages.push({ ...late, index: 5 });
  });
  expect(wrong['sends']).toEqual(['"w.1" in CH1 is stored 2 times, as 0,5']);
  expect(wrong['log']).toEqual(['the indexes of CH1 have 5 where 2 is due']);
});

test.each([
  [-2000, 'IM0 ("w.1") in CH1 has a time 2002 ms before it was asked for'],
  [9000, 'IM0 ("w.1") in CH1 has a time 8997 ms after its answer'],
])('It sees the time of a wrong clock, where servers have that of their database: %i', (time, sentence) => {
  const wrong = (set: string) =>
    spoiled((given) => {
      Object.assign(entry(given, 'run', {}), { set });
      Object.assign(given.found.log[2] as object, { time });
    });
  expect(wrong('cluster')).toEqual({ times: [sentence] });
  expect(wrong('single')).toEqual({});
});

test.each([
  ['database', 40, []],
  ['database-link', 40, []],
  ['database', 60, ['node-1 did not come up: code 1']],
  ['bus', 40, ['node-1 did not come up: code 1']],
])('A server may not come up whose start met PostgreSQL away: %s, %i', (what, since, ends) => {
  const entries = timed(sound());
  entries.push({ t: 20, kind: 'fault', number: 1, phase: 'begin', what });
  entries.push({ t: 50, kind: 'fault', number: 1, phase: 'end', what: 'PostgreSQL stopped (fast)' });
  entries.push({ t: 70, kind: 'ended', node: 'node-1', how: 'code 1', since });
  expect(check(new Evidence(entries)).ends).toEqual(ends);
});

test('A journal that ends before the end is not sound.', () => {
  const { entries } = sound();
  const cut = new Evidence(entries.slice(0, 5).map((entry, t) => ({ ...entry, t })));
  expect(check(cut).doctor).toEqual(['the journal does not say what the doctor found']);
  expect(check(cut).ends).toEqual([
    'the journal does not say what is left to be done',
    'the journal does not say what was found',
    'the journal does not say what was found in CH1',
  ]);
});
