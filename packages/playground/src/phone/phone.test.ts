import { afterEach, expect, test } from 'vitest';
import { openPhone, type Phone, type PhoneState } from './phone.ts';
import type { Fault, PhoneLine, PhoneMessage } from './phone-line.ts';

const proxyAddress = '+12025550100';
const address = '+12025550123';

function text(id: number, direction: 'in' | 'out', body: string, other = proxyAddress): PhoneMessage {
  const [from, to] = direction === 'in' ? [other, address] : [address, other];
  return { id, direction, from, to, body, status: 'delivered', dateCreated: '2026-01-31T12:00:00Z' };
}

/** A sandbox whose answers the test gives one by one. */
function scriptedSandbox() {
  const asked: { after: number; waitSeconds: number; answer: (messages: PhoneMessage[] | Error) => void }[] = [];
  const sent: { to: string; body: string }[] = [];
  let faults: Fault[] = [];
  let wake = () => {};
  let refusal: Error | undefined;
  const line: PhoneLine = {
    messages: (after, waitSeconds) =>
      new Promise((resolve, reject) => {
        const answer = (given: PhoneMessage[] | Error) => (given instanceof Error ? reject(given) : resolve(given));
        asked.push({ after, waitSeconds, answer });
        wake();
      }),
    async send(to, body) {
      if (refusal !== undefined) throw refusal;
      sent.push({ to, body });
    },
    faults: {
      list: async () => faults,
      async add(fault) {
        faults = [...faults, fault];
        return faults;
      },
      async clear() {
        faults = [];
        return faults;
      },
    },
  };
  return {
    line,
    sent,
    refuseWith: (error: Error | undefined) => {
      refusal = error;
    },
    async nextQuestion() {
      if (asked.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const question = asked.shift();
      if (question === undefined) throw new Error('Nothing was asked');
      return question;
    },
  };
}

const opened: Phone[] = [];
afterEach(() => {
  for (const phone of opened.splice(0)) phone.close();
});

function open(line: PhoneLine, visible = async () => {}) {
  const pauses: number[] = [];
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const phone = openPhone({ line, proxyAddress, visible, pause });
  opened.push(phone);
  return { phone, pauses };
}

/** Resolves once the state is as wanted. */
function until(phone: Phone, wanted: (state: PhoneState) => boolean): Promise<PhoneState> {
  return new Promise((resolve) => {
    const check = () => {
      const state = phone.state.get();
      if (!wanted(state)) return false;
      resolve(state);
      return true;
    };
    if (check()) return;
    const stop = phone.state.subscribe(() => {
      if (check()) stop();
    });
  });
}

test('The phone shows what is there, then waits for more after the last id', async () => {
  const script = scriptedSandbox();
  const { phone } = open(script.line);
  const first = await script.nextQuestion();
  expect(first).toMatchObject({ after: 0, waitSeconds: 0 });
  first.answer([text(4, 'in', 'hello'), text(7, 'out', 'hi')]);
  const second = await script.nextQuestion();
  expect(second).toMatchObject({ after: 7, waitSeconds: 20 });
  second.answer([text(9, 'in', 'still there?')]);
  const state = await until(phone, ({ messages }) => messages.length === 3);
  expect(state.phase).toBe('live');
  expect(state.messages.map((message) => message.body)).toEqual(['hello', 'hi', 'still there?']);
});

test('What the phone exchanges with another number is passed over and not asked for again', async () => {
  const script = scriptedSandbox();
  const { phone } = open(script.line);
  (await script.nextQuestion()).answer([text(1, 'in', 'mine'), text(2, 'in', 'other', '+12025550101')]);
  expect((await script.nextQuestion()).after).toBe(2);
  expect(phone.state.get().messages.map((message) => message.body)).toEqual(['mine']);
});

test('A server that cannot be reached is said so and asked again after a pause', async () => {
  const script = scriptedSandbox();
  const { phone, pauses } = open(script.line);
  (await script.nextQuestion()).answer(new Error('gone'));
  await until(phone, ({ phase }) => phase === 'unreachable');
  const again = await script.nextQuestion();
  expect(pauses).toEqual([2000]);
  again.answer([]);
  await until(phone, ({ phase }) => phase === 'live');
});

test('A server that answers at once with nothing is asked once a second', async () => {
  const script = scriptedSandbox();
  const { pauses } = open(script.line);
  (await script.nextQuestion()).answer([]);
  (await script.nextQuestion()).answer([]);
  await script.nextQuestion();
  expect(pauses).toEqual([1000]);
});

test('Nothing is asked while nobody looks at the page', async () => {
  const script = scriptedSandbox();
  let show = () => {};
  const shown = new Promise<void>((resolve) => {
    show = resolve;
  });
  let asked = false;
  const question = script.nextQuestion().then((value) => {
    asked = true;
    return value;
  });
  open(script.line, () => shown);
  await Promise.resolve();
  expect(asked).toBe(false);
  show();
  expect((await question).after).toBe(0);
});

test('A text from the phone is shown as sending until it is in the thread', async () => {
  const script = scriptedSandbox();
  const { phone } = open(script.line);
  (await script.nextQuestion()).answer([]);
  phone.send('on my way');
  expect(phone.state.get().outgoing).toMatchObject([{ body: 'on my way', state: 'sending' }]);
  expect(script.sent).toEqual([{ to: proxyAddress, body: 'on my way' }]);
  (await script.nextQuestion()).answer([text(1, 'out', 'on my way')]);
  const state = await until(phone, ({ messages }) => messages.length === 1);
  expect(state.outgoing).toEqual([]);
});

test('A refused text stays with its reason, and is sent when tried again', async () => {
  const script = scriptedSandbox();
  const { phone } = open(script.line);
  script.refuseWith(new Error('No such number'));
  phone.send('hello?');
  const failed = await until(phone, ({ outgoing }) => outgoing[0]?.state === 'failed');
  expect(failed.outgoing).toMatchObject([{ body: 'hello?', problem: 'No such number' }]);
  script.refuseWith(undefined);
  phone.retry(failed.outgoing[0]?.id ?? -1);
  expect(script.sent).toEqual([{ to: proxyAddress, body: 'hello?' }]);
  phone.discard(failed.outgoing[0]?.id ?? -1);
  expect(phone.state.get().outgoing).toEqual([]);
});

test('Faults are set and cleared', async () => {
  const { phone } = open(scriptedSandbox().line);
  await phone.addFault({ kind: 'fail', count: 2, errorCode: 30008 });
  expect(phone.state.get().faults).toEqual([{ kind: 'fail', count: 2, errorCode: 30008 }]);
  await phone.clearFaults();
  expect(phone.state.get().faults).toEqual([]);
});
