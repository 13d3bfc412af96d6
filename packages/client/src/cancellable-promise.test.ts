import { describe, expect, it } from 'vitest';
import { CancellablePromise, cancellable } from './cancellable-promise.ts';

describe('CancellablePromise', () => {
  it('settles as its work does', async () => {
    await expect(new CancellablePromise((resolve) => resolve(1))).resolves.toBe(1);
    await expect(new CancellablePromise((_resolve, reject) => reject(new Error('no')))).rejects.toThrow('no');
  });

  it('tells the work that it was given up, and rejects with a number', async () => {
    let told = 0;
    const promise = new CancellablePromise((_resolve, _reject, onCancel) => onCancel(() => (told += 1)));
    expect(promise.cancel()).toBe(promise);
    await expect(promise).rejects.toMatchObject({ code: 104 });
    expect(told).toBe(1);
  });

  it('stays what it was when it is given up too late', async () => {
    const promise = new CancellablePromise<number>((resolve) => resolve(1));
    await promise;
    await expect(promise.cancel()).resolves.toBe(1);
  });

  it('can be gone on from as any promise', async () => {
    const promise = new CancellablePromise<number>((resolve) => resolve(1));
    expect(await promise.then((n) => n + 1).finally(() => {})).toBe(2);
    expect(await CancellablePromise.all([promise, 3])).toEqual([1, 3]);
  });
});

describe('cancellable work', () => {
  const never = ({ signal }: { signal: AbortSignal }) =>
    new Promise<never>(() => signal.addEventListener('abort', () => ended.push(signal.reason)));
  const ended: unknown[] = [];

  it('ends by cancel', async () => {
    const work = cancellable(never);
    work.cancel();
    await expect(work).rejects.toMatchObject({ code: 104 });
    expect(ended.splice(0)).toHaveLength(1);
  });

  it("ends by the caller's signal, with its reason", async () => {
    const controller = new AbortController();
    const work = cancellable(never, controller);
    controller.abort('bored');
    await expect(work).rejects.toMatchObject({ code: 104, cause: 'bored' });
    expect(ended.splice(0)).toEqual(['bored']);
  });
});
