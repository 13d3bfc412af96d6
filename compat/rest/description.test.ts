import { expect, test } from 'vitest';
import { judge } from './description.ts';

// The judge of the other suites: an answer that is wrong in any of these ways has to be noticed.
const good = {
  account_sid: `AC${'0'.repeat(32)}`,
  sid: `IS${'0'.repeat(32)}`,
  friendly_name: 'x',
  date_created: '2024-01-02T03:04:05Z',
  date_updated: '2024-01-02T03:04:05Z',
  url: 'https://example.com/v1/Services/IS',
  links: Object.fromEntries(
    [
      'conversations',
      'users',
      'roles',
      'bindings',
      'configuration',
      'participant_conversations',
      'conversation_with_participants',
    ].map((name) => [name, 'https://example.com/']),
  ),
};
const url = new URL(`https://example.com/v1/Services/${good.sid}`);
const problemsOf = (body: unknown, status = 200, method = 'GET') => judge(method, url, status, body).problems;

test('A good answer is good, and its operation is known.', () => {
  expect(judge('GET', url, 200, good)).toEqual({ operation: 'GET /v1/Services/{Sid}', problems: [] });
  expect(problemsOf('', 204, 'DELETE')).toEqual([]);
  expect(problemsOf(error, 404)).toEqual([]);
});

const { friendly_name: _name, ...incomplete } = good;
const { users: _users, ...fewerLinks } = good.links;
const error = { code: 20404, message: 'x', more_info: 'https://www.twilio.com/docs/errors/20404', status: 404 };

test.each([
  ['a member is missing', incomplete, 200],
  ['a member is too many', { ...good, extra: 1 }, 200],
  ['a member is of another type', { ...good, friendly_name: 1 }, 200],
  ['a SID is of another kind', { ...good, sid: `CH${'0'.repeat(32)}` }, 200],
  ['a date is none', { ...good, date_created: 'today' }, 200],
  ['a URL is none', { ...good, url: 'Services' }, 200],
  ['a link is missing', { ...good, links: fewerLinks }, 200],
  ['a link is relative', { ...good, links: { ...good.links, users: '/Users' } }, 200],
  ['the status is not described', good, 201],
  ['an error has a member too many', { ...error, details: {} }, 404],
  ['an error has no code', { ...error, code: undefined }, 404],
])('It is a problem when %s.', (_what, body, status) => {
  expect(problemsOf(body, status)).not.toEqual([]);
});

test('It is a problem when nothing of the kind is described, or a body comes where none should.', () => {
  expect(problemsOf(good, 200, 'PUT')).toEqual(['not described']);
  expect(problemsOf({ ok: true }, 204, 'DELETE')).not.toEqual([]);
});
