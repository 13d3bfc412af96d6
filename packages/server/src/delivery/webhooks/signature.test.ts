import { expect, it } from 'vitest';
import { signatureOf } from './signature.ts';

// The example of the contract's page "Webhooks Security".
it('signs the example of the contract as the contract does', () => {
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const form = [
    ['CallSid', 'CA1234567890ABCDE'],
    ['Caller', '+14158675309'],
    ['Digits', '1234'],
    ['From', '+14158675309'],
    ['To', '+18005551212'],
  ] as const;
  const signature = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
  expect(signatureOf('12345', url, form)).toBe(signature);
  expect(signatureOf('12345', url, form.toReversed())).toBe(signature);
  expect(signatureOf('12346', url, form)).not.toBe(signature);
});

it('counts the values of a repeated name once each, in their order', () => {
  const once = signatureOf('key', 'https://example.com/', [
    ['A', 'x'],
    ['A', 'y'],
  ]);
  const more = signatureOf('key', 'https://example.com/', [
    ['A', 'y'],
    ['A', 'x'],
    ['A', 'y'],
  ]);
  expect(more).toBe(once);
});
