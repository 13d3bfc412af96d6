import { expect, test } from 'vitest';
import { check } from './check.ts';
import { type Sound, sound, timed } from './doctored.ts';
import { Evidence } from './evidence.ts';
import { append, depart, entry, spoiled, visit, without } from './spoil.ts';

test.each<[string, (given: Sound) => void, Record<string, string[]>]>([
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
    'a reader who stays and is out by his own SDK',
    ({ found }) => Object.assign(found, { held: {}, reading: {} }),
    {
      readers: ['reader in CH1 is not in it by his own SDK'],
      reading: ['of reader in CH1 it is not known what he has read'],
    },
  ],
  [
    'a visitor who is in and was never told so',
    (given) =>
      append(given, 'participant.added', { sid: 'MB4', identity: 'visitor', binding: null }).participants.push(
        'visitor',
      ),
    {
      readers: ['visitor in CH1 is not in it by his own SDK', 'visitor in CH1 was never told that he is in it'],
    },
  ],
  [
    'a visitor who is out and still in by his own SDK',
    (given) => {
      visit(given, -1, 'IM0', 'IM1');
      given.found.held['visitor'] = given.found.messages;
    },
    { readers: ['visitor in CH1 is in it by his own SDK alone'] },
  ],
  [
    'a message of an earlier stay that a visitor was never told of',
    (given) => {
      visit(given, -1, 'IM1');
      depart(given);
      visit(given, 1);
      depart(given);
    },
    { readers: ['visitor in CH1 was never told of IM0 (0)'] },
  ],
])('It sees %s.', (_name, spoil, wrong) => {
  expect(spoiled(spoil)).toEqual(wrong);
});

test('Who is taken out may have missed what was just written, and nothing of before.', () => {
  const missed = (wait: number) => {
    const given = sound();
    visit(given, -1, 'IM0');
    const entries = timed(given);
    const [told, out] = [entries.length, entries.length + wait];
    const other = { reader: 'visitor', conversation: 'CH2', sid: 'IM8', index: 0, body: '' } as const;
    entries.push({ t: told, kind: 'seen', event: 'added', ...other });
    entries.push({ t: out, kind: 'departed', reader: 'visitor', conversation: 'CH1' });
    return check(new Evidence(entries)).readers;
  };
  expect(missed(29_000)).toEqual([]);
  expect(missed(31_000)).toEqual(['visitor in CH1 was never told of IM1 (1)']);
});

test('What a reader was told of in the millisecond in which he came in is judged in the order of the journal.', () => {
  const judged = (spoil: (given: Sound) => void) => {
    const given = sound();
    spoil(given);
    return check(new Evidence(timed(given).map((entry) => ({ ...entry, t: 0 })))).readers;
  };
  const twoStays = (given: Sound) => {
    visit(given, -1, 'IM0', 'IM1');
    depart(given);
    visit(given, 1);
    depart(given);
  };
  expect(judged(twoStays)).toEqual([]);
  const toldBefore = (given: Sound) => {
    const entered = entry(given, 'entered', {});
    without(given, 'entered', {});
    given.entries.splice(given.entries.indexOf(entry(given, 'seen', {})) + 1, 0, entered);
  };
  expect(judged(toldBefore)).toEqual(['reader in CH1 was never told of IM0 (0)']);
});
