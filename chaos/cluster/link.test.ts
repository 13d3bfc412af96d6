import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Link } from './link.ts';
import { Links, type Way } from './links.ts';

const links = new Links();
afterAll(() => links.close());

describe.each([
  ['A link', (target: number): Promise<Way> => Link.open(target)],
  ['A link in a thread of its own', (target: number) => links.open(target)],
])('%s', (_kind, openLink) => {
  let echo: Server;
  let link: Way;
  let socket: Socket | undefined;
  beforeEach(async () => {
    echo = createServer((one) => one.on('error', () => {}).pipe(one));
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    link = await openLink((echo.address() as { port: number }).port);
  });
  afterEach(async () => {
    socket?.destroy();
    await link.close();
    echo.close();
  });

  async function open(): Promise<Socket> {
    const made = connect({ port: link.port, host: '127.0.0.1' });
    made.on('error', () => {});
    socket = made;
    await once(made, 'connect');
    return made;
  }

  /** However it came to that: `once` would have it that a connection that was reset is an error of the test. */
  function closed(made: Socket): Promise<void> {
    return new Promise((resolve) => made.once('close', () => resolve()));
  }

  /** What comes back of what is said. */
  async function answer(made: Socket, text: string): Promise<string> {
    made.write(text);
    return String((await once(made, 'data'))[0]);
  }

  test('carries what it is given, both ways.', async () => {
    expect(await answer(await open(), 'hello')).toBe('hello');
  });

  test('that is cut ends its connections and takes no others until it is good again.', async () => {
    const made = await open();
    await answer(made, 'hello');
    const ended = closed(made);
    await link.become({ flow: 'cut' });
    await ended;
    const other = await open();
    await closed(other);
    await link.become({});
    expect(await answer(await open(), 'again')).toBe('again');
  });

  test('that is stalled tells nobody, and carries everything later.', async () => {
    const made = await open();
    await answer(made, 'hello');
    let came = '';
    made.on('data', (chunk) => {
      came += chunk;
    });
    await link.become({ flow: 'stalled' });
    made.write('one ');
    // Another connection of the same kind has time for both ways while this one has none.
    const beside = connect({ port: (echo.address() as { port: number }).port, host: '127.0.0.1' });
    for (let round = 0; round < 20; round += 1) await answer(beside, 'round');
    beside.destroy();
    expect([came, made.destroyed]).toEqual(['', false]);
    made.write('two');
    await link.become({});
    while (came !== 'one two') await once(made, 'data');
  });

  test('that is long takes its time in each direction.', async () => {
    await link.become({ delay: 60 });
    const made = await open();
    const began = performance.now();
    expect(await answer(made, 'hello')).toBe('hello');
    expect(performance.now() - began).toBeGreaterThanOrEqual(117);
  });
});
