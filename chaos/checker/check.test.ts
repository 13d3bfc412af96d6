import type { AnyStreamEvent } from '@colloquy/protocol';
import { expect, test } from 'vitest';
import type { Entry, Told } from '../record/entries.ts';
import { check } from './check.ts';
import { type Sound, sound, timed } from './doctored.ts';
import { Evidence } from './evidence.ts';

/** What the rules find in a sound journal that was spoiled so. */
function spoiled(spoil: (given: Sound) => void): Record<string, string[]> {
  const given = sound();
  spoil(given);
  return Object.fromEntries(Object.entries(check(new Evidence(timed(given)))).filter(([, wrong]) => wrong.length > 0));
}

/** The entry of a kind that has these members. */
function entry<K extends Entry['kind']>({ entries }: Sound, kind: K, members: object): Extract<Entry, { kind: K }> {
  const found = entries.find((one) => one.kind === kind && isLike(one, members));
  if (!found) throw new Error('The journal has no such entry.');
  return found as Extract<Entry, { kind: K }>;
}

function isLike(one: object, members: object): boolean {
  return Object.entries(members).every(([name, value]) => one[name as keyof typeof one] === value);
}

const without = (given: Sound, kind: Entry['kind'], members: object) => {
  given.entries.splice(given.entries.indexOf(entry(given, kind, members)), 1);
};

/** Puts an event at the end of the log. */
function append({ found }: Sound, type: string, data: object): void {
  const position = found.log.length + 2;
  found.log.push({ stream: 'CH1', position, type, time: position, data } as unknown as AnyStreamEvent);
}

/** The guest is let in or taken out. */
function move({ entries }: Sound, what: 'join' | 'leave', told: Pick<Told, 'outcome' | 'undecided' | 'why'>): void {
  const id = `m.${entries.length}`;
  entries.push({ kind: 'asked', id, actor: 'mover', what, conversation: 'CH1', keyed: true, target: 'guest' });
  entries.push({ kind: 'told', id, ...told });
}

const late = { sid: 'IM2', index: 2, body: 'w.1 says' };

test('A sound journal is found to be sound.', () => {
  expect(spoiled(() => {})).toEqual({});
});

test('Of what nobody can say it may have happened or not.', () => {
  const undecided = { outcome: 'unknown', undecided: true } as const;
  const edit = { kind: 'asked', id: 'w.9', actor: 'w', what: 'edit', conversation: 'CH1', keyed: true } as const;
  const read = { kind: 'asked', id: 'r.9', actor: 'reader', what: 'read', conversation: 'CH1', keyed: true } as const;
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
  for (const spoil of [did, didNot, hasRead, hasLeft, stayed]) expect(spoiled(spoil)).toEqual({});
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
    'a message that a reader was never told of',
    (given) => without(given, 'seen', { sid: 'IM1' }),
    { readers: ['reader in CH1 was never told of IM1 (1)'] },
  ],
  [
    'a message that a reader was told of twice',
    (given) => given.entries.push(structuredClone(entry(given, 'seen', { sid: 'IM1' }))),
    { readers: ['reader in CH1 was told that IM1 (1) was added after 1'] },
  ],
  [
    'messages in another order',
    ({ entries }) => {
      const [first, second] = entries.filter((one) => one.kind === 'seen' && one.event === 'added') as object[];
      const copy = { ...first };
      Object.assign(first as object, second);
      Object.assign(second as object, copy);
    },
    { readers: ['reader in CH1 was told that IM0 (0) was added after 1'] },
  ],
  [
    'a reader who was told of something else',
    (given) => Object.assign(entry(given, 'seen', { sid: 'IM1' }), { sid: 'IM8' }),
    {
      readers: [
        'reader in CH1 was told that IM8 (1) was added, which the log does not have',
        'reader in CH1 was never told of IM1 (1)',
      ],
    },
  ],
  [
    'an older text after a newer one',
    (given) => given.entries.push({ ...entry(given, 'seen', { event: 'updated' }), body: 'w.1 says' }),
    {
      readers: [
        'reader in CH1 was told that IM0 (0) was updated with the text "w.1 says", which it has not, or had before',
      ],
    },
  ],
  [
    'a removal that did not happen',
    (given) => given.entries.push({ ...entry(given, 'seen', { sid: 'IM1' }), event: 'removed' }),
    { readers: ['reader in CH1 was told that IM1 (1) was removed, and it was not'] },
  ],
  [
    'a reader who holds another text',
    ({ found }) => Object.assign(found.held['reader']?.[0] as object, { body: 'w.1 says' }),
    { readers: ['reader in CH1 has "w.1 says" in IM0, REST has "w.1 edited w.3"'] },
  ],
  [
    'a reader who began anew',
    (given) => given.entries.push({ ...entry(given, 'entered', {}), last: 1 }),
    { readers: ['reader in CH1 came in more than once'] },
  ],
  [
    'a member that the log does not know',
    ({ found }) => found.participants.push('stranger'),
    { members: ['stranger is in CH1 by REST alone'] },
  ],
  [
    'a lost join',
    ({ found }) => {
      found.participants.pop();
      Object.assign(found.log[6] as object, { type: 'conversation.updated' });
    },
    { members: ['the join of guest in CH1 was acknowledged, and is lost'] },
  ],
  [
    'a lost join, though it is refused to leave afterwards',
    (given) => {
      given.found.participants.pop();
      Object.assign(given.found.log[6] as object, { type: 'conversation.updated' });
      move(given, 'leave', { outcome: 'refused', why: '404' });
      move(given, 'leave', { outcome: 'refused', why: '404' });
    },
    {
      members: [
        'the leave of guest in CH1 was refused (404), and was possible by what was acknowledged before',
        'the leave of guest in CH1 was refused (404), and was possible by what was acknowledged before',
        'the join of guest in CH1 was acknowledged, and is lost',
      ],
    },
  ],
  [
    'a lost leave, and a join that is refused therefore',
    (given) => {
      move(given, 'leave', { outcome: 'acknowledged' });
      move(given, 'join', { outcome: 'refused', why: '409' });
    },
    {
      members: [
        'the join of guest in CH1 was refused (409), and was possible by what was acknowledged before',
        'the leave of guest in CH1 was acknowledged, and is lost',
      ],
    },
  ],
  [
    'a join that was refused and happened',
    (given) => Object.assign(entry(given, 'told', { id: 'm.1' }), { outcome: 'refused', why: '503' }),
    {
      members: [
        'the join of guest in CH1 was refused (503), and was possible by what was acknowledged before',
        'no join of guest in CH1 was acknowledged, and he is in it',
      ],
    },
  ],
  [
    'a leave that was never answered',
    (given) => move(given, 'leave', { outcome: 'unknown', why: 'other side closed' }),
    { members: ['the leave of guest in CH1 was never answered'] },
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
    'a phone that shows nothing',
    ({ found }) => found.phones['+12025550177']?.pop(),
    { phones: ['the phone +12025550177 has not got "w.1"'] },
  ],
  [
    'a receipt that goes back',
    (given) => append(given, 'receipt.updated', { sid: 'DY0', messageSid: 'IM0', status: 'sent' }),
    { receipts: ['DY0 went from delivered back to sent', 'DY0 of IM0 ("w.1") ended as sent'] },
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

test('A journal that ends before the end is not sound.', () => {
  const { entries } = sound();
  const cut = new Evidence(entries.slice(0, 5).map((entry, t) => ({ ...entry, t })));
  expect(check(cut).doctor).toEqual(['the journal does not say what the doctor found']);
  expect(check(cut).ends).toEqual([
    'the journal does not say what is left to be done',
    'the journal does not say what was found',
  ]);
});
