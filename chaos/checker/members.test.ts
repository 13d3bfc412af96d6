import { expect, test } from 'vitest';
import type { Sound } from './doctored.ts';
import { entry, move, spoiled } from './spoil.ts';

test.each<[string, (given: Sound) => void, Record<string, string[]>]>([
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
])('It sees %s.', (_name, spoil, wrong) => {
  expect(spoiled(spoil)).toEqual(wrong);
});
