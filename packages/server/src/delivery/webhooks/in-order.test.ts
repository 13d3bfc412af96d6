import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InOrder } from './in-order.ts';

it('hands calls of a key on in the order they came, whenever and however their preparation ends', async () => {
  const call = fc.record({ key: fc.constantFrom('a', 'b'), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(call, { maxLength: 12 }), async (scheduler, calls) => {
      const order = new InOrder();
      const handedOn: number[] = [];
      const prepare = scheduler.scheduleFunction(async (number: number) => {
        if (calls[number]?.fails) throw new Error('refused');
        return number;
      });
      const write = scheduler.scheduleFunction(async (number: number) => number * 10);
      const answers = calls.map(({ key }, number) =>
        order.pass(
          key,
          () => prepare(number),
          (prepared) => {
            handedOn.push(prepared);
            return write(prepared);
          },
        ),
      );
      const settled = Promise.allSettled(answers);
      await scheduler.waitFor(settled);
      for (const key of ['a', 'b']) {
        const expected = calls.flatMap((one, number) => (one.key === key && !one.fails ? [number] : []));
        expect(handedOn.filter((number) => calls[number]?.key === key)).toEqual(expected);
      }
      expect((await settled).map((one) => (one.status === 'fulfilled' ? one.value : 'refused'))).toEqual(
        calls.map(({ fails }, number) => (fails ? 'refused' : number * 10)),
      );
      await order.idle();
      expect(order.isBusy('a') || order.isBusy('b')).toBe(false);
    }),
    { numRuns: 200 },
  );
});
