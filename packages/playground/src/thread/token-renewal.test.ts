import { expect, test } from 'vitest';
import { createTokenRenewal } from './token-renewal.ts';

/** A renewal whose questions and pauses the test answers one by one. */
function scripted(give: (token: string) => Promise<void>) {
  const questions: PromiseWithResolvers<string>[] = [];
  const pauses: { ms: number; end: () => void }[] = [];
  const renewal = createTokenRenewal({
    ask: () => {
      const question = Promise.withResolvers<string>();
      questions.push(question);
      return question.promise;
    },
    give,
    pause: (ms) => new Promise((end) => pauses.push({ ms, end })),
  });
  return { renewal, questions, pauses };
}

/** Lets everything that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('A new token is asked for once and given to the client, however often it is called for meanwhile', async () => {
  const given: string[] = [];
  const { renewal, questions } = scripted(async (token) => void given.push(token));
  renewal.start();
  renewal.start();
  expect(questions).toHaveLength(1);
  questions[0]?.resolve('second');
  await settle();
  expect(given).toEqual(['second']);
  renewal.start();
  expect(questions).toHaveLength(2);
});

test('Without an answer it asks again after a pause', async () => {
  const given: string[] = [];
  const { renewal, questions, pauses } = scripted(async (token) => void given.push(token));
  renewal.start();
  questions[0]?.reject(new Error('unreachable'));
  await settle();
  expect(pauses.map(({ ms }) => ms)).toEqual([3000]);
  expect(questions).toHaveLength(1);
  pauses[0]?.end();
  await settle();
  questions[1]?.resolve('second');
  await settle();
  expect(given).toEqual(['second']);
});

test('A token that the server refuses is followed by another one', async () => {
  const given: string[] = [];
  const { renewal, questions, pauses } = scripted(async (token) => {
    given.push(token);
    if (token === 'bad') throw new Error('refused');
  });
  renewal.start();
  questions[0]?.resolve('bad');
  await settle();
  pauses[0]?.end();
  await settle();
  questions[1]?.resolve('good');
  await settle();
  expect(given).toEqual(['bad', 'good']);
  expect(questions).toHaveLength(2);
});

test('Once closed it gives and asks nothing any more', async () => {
  const given: string[] = [];
  const { renewal, questions, pauses } = scripted(async (token) => void given.push(token));
  renewal.start();
  renewal.close();
  questions[0]?.resolve('late');
  await settle();
  expect(given).toEqual([]);
  renewal.start();
  await settle();
  expect(questions).toHaveLength(1);
  expect(pauses).toEqual([]);
});
