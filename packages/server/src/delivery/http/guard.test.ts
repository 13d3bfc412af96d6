import type { LookupAddress } from 'node:dns';
import { expect, it } from 'vitest';
import { Guard } from './guard.ts';

it('looks a name up once while the answer is out, however many wait for it, and then anew', async () => {
  const asked: string[] = [];
  const answered = Promise.withResolvers<void>();
  const guard = new Guard(['127.0.0.1'], async (hostname) => {
    asked.push(hostname);
    await answered.promise;
    if (hostname === 'unknown.example.com') throw new Error('ENOTFOUND');
    return [{ address: hostname === 'inside.example.com' ? '10.0.0.1' : '127.0.0.1', family: 4 }];
  });
  const lookup = (hostname: string) =>
    new Promise((resolve) =>
      guard.lookup(hostname, { all: true }, (error, found) =>
        resolve(error?.message ?? (found as LookupAddress[]).map(({ address }) => address)),
      ),
    );
  const names = ['app.example.com', 'inside.example.com', 'unknown.example.com'];
  const waiting = names.flatMap((name) => [lookup(name), lookup(name), lookup(name)]);
  expect(asked).toEqual(names);
  answered.resolve();
  const blocked = 'inside.example.com leads to 10.0.0.1, which is not public (private).';
  const answers = [['127.0.0.1'], blocked, 'ENOTFOUND'];
  expect(await Promise.all(waiting)).toEqual(answers.flatMap((answer) => [answer, answer, answer]));
  expect(await Promise.all(names.map(lookup))).toEqual(answers);
  expect(asked).toEqual([...names, ...names]);
});

it('says in a sentence which kind of URL it refuses', () => {
  const guard = new Guard([], async () => []);
  expect(() => guard.check('file:///etc/passwd')).toThrow(/^The URL is neither http nor https but file\.$/);
});
