import fc from 'fast-check';
import type { Field, JsonSchema } from '../api/openapi/fields.ts';

/** Texts that have broken servers. */
export const awkward = fc.constantFrom(
  ...[
    '',
    'null',
    'undefined',
    'true',
    '0',
    '-1',
    '1e9',
    '1.5',
    '9'.repeat(30),
    'NaN',
    '{}',
    '[',
    '"\\ud800"',
    '%',
    '\0',
  ],
  ...['..', '.', '/', '?', '#', 'a/b', "' OR 1=1 --", '"; DROP TABLE users', '$where', '{{x}}', '\u202e', '\ufeff'],
  ...['system', 'world 1', 'closed', 'inactive', 'service', 'conversation', 'sendMessage', 'asc', 'muted', 'trigger'],
  ...['2024-02-30', '0000-00-00', '9999-12-31T23:59:59.999Z', 'PT1M', 'P1Y', 'PT0.0000001S', `P${'9'.repeat(40)}D`],
  ...['+12025550150', 'whatsapp:+12025550150', 'x@example.com', 'x'.repeat(300), '漢'.repeat(12_000), '😀'],
  ...[
    'http://[',
    'file:///etc/passwd',
    'https://user:pass@example.com/#rc=9',
    'javascript:alert(1)',
    '//x',
    'a\r\nb: c',
  ],
  ...[
    '{"identity":null}',
    '{"__proto__":{"x":1}}',
    `${'['.repeat(5000)}`,
    '{"identity":"\\u0000"}',
    '{"messaging_binding":3}',
  ],
);

const digits = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF'), minLength: 32, maxLength: 32 });
const prefixes = fc.constantFrom(
  'CH',
  'IM',
  'MB',
  'US',
  'RL',
  'IS',
  'MG',
  'HX',
  'ME',
  'WH',
  'CR',
  'BS',
  'IG',
  'FW',
  'DY',
  'AC',
);
export const anySid = fc.tuple(prefixes, digits).map(([prefix, rest]) => prefix + rest);

/** Anything that can be sent as a text. */
export const anyText = fc.oneof(awkward, anySid, fc.string({ unit: 'binary' }), fc.json());

/** What a schema allows, as a text. */
export function allowed({ schema }: Field): fc.Arbitrary<string> {
  return allowedBy(schema);
}

function allowedBy(schema: JsonSchema): fc.Arbitrary<string> {
  const { type, enum: values, pattern, format, items, minimum, maximum } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...values.map(String));
  if (items) return allowedBy(items as JsonSchema);
  if (typeof pattern === 'string') return digits.map((rest) => (/[A-Z]{2}/.exec(pattern)?.[0] ?? 'SM') + rest);
  if (format === 'date-time') return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === 'uri') return fc.webUrl();
  const [first] = [type].flat();
  if (first === 'boolean') return fc.constantFrom('true', 'false');
  if (first === 'integer') {
    const bounds = { min: (minimum as number) ?? -(2 ** 31), max: Math.min((maximum as number) ?? 2 ** 31, 2 ** 31) };
    return fc.integer(bounds).map(String);
  }
  return fc.string({ maxLength: 40 });
}

/** Segments of a path that decode to something odd, or not at all. */
export const badSegment = fc.oneof(
  anyText.map((text) => encodeURIComponent(text.slice(0, 300).toWellFormed())),
  fc.constantFrom('', '%', '%zz', '%ff', '%c0%80', '%00', '%2F', '%252F', '+', ';', ':', '@', '\u{1F600}', '..%2f..'),
  fc.constant('x'.repeat(9000)),
);

/** Fields as they stand in a form: also names that mean something to JavaScript, brackets, and broken escapes. */
export const badPairs = fc.constantFrom(
  ...['__proto__=x', 'constructor=x', 'toString', 'a[b][c]=1', 'a[]=1&a[]=2', '=x', '=', '&&&', '%=%', 'Body=%ff'],
  ...['Attributes=%ED%A0%80', 'FriendlyName=%00', 'Body=a&Body=b', `${'x=1&'.repeat(1200)}`, 'Attributes[a]=1'],
  ...['PageSize=-1', 'PageSize=1.5', 'Page=-1', 'PageToken=x', 'PageToken=%00', 'PageSize=99999999999999999999'],
);
