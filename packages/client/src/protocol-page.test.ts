import { readFileSync } from 'node:fs';
import { closeCodes, limits, realtimePath, realtimePollPath, realtimeSubprotocol, rpcErrors } from '@colloquy/protocol';
import { describe, expect, it } from 'vitest';
import { Client } from './client.ts';
import { stateOf } from './client-events.ts';
import { type ConnectionPhase, type ConnectionReason, reasons, transitions } from './connection/machine.ts';
import { fakeMethods } from './testing/fake-methods.ts';
import { connected, inConversation, start } from './testing/start.ts';
import { settle } from './testing/turns.ts';

const page = readFileSync(new URL('../../../docs/reference/realtime.md', import.meta.url), 'utf8');

type Frame = Record<string, unknown> & { params?: Record<string, unknown>; result?: object };
const blocks = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text]) => JSON.parse(text as string) as Frame);
/** Bodies of requests and their answers, which have frames in them, and frames themselves. */
const bodies = blocks.filter((block) => 'frames' in block || 'after' in block);
const inBodies = bodies.flatMap((body) => (body['frames'] as string[] | undefined) ?? []);
const examples = blocks.filter((block) => !bodies.includes(block));
const requests = examples.filter(({ method, id }) => method !== undefined && id !== undefined);
const notifications = examples.filter(({ method, id }) => method !== undefined && id === undefined);
const answers = examples.filter(({ method }) => method === undefined);

/** The types make this list complete: the fake server has every method but these three. */
const methods = ['connect', 'token.update', 'ping', ...Object.keys(fakeMethods)];

/** The rows of all tables, cell by cell. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|') && !/^\|[-:|]+\|$/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const column = (first: RegExp) => rows.map(([cell]) => cell ?? '').filter((cell) => first.test(cell));
const codes = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

describe('the page of the protocol', () => {
  it('has examples that are frames of JSON-RPC 2.0', () => {
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) expect(example['jsonrpc']).toBe('2.0');
    for (const { method } of requests) expect(methods).toContain(method);
    for (const { method } of notifications)
      expect(['event', 'typing', 'user', 'token.aboutToExpire']).toContain(method);
    for (const answer of answers) expect('result' in answer !== 'error' in answer, 'result or error').toBe(true);
  });

  it('has examples of requests that carry frames, as the client makes them', async () => {
    const world = start();
    const asked: [path: string, members: string[]][] = [];
    const client = new Client('alice', {
      url: 'https://chat.example',
      transports: ['polling'],
      fetch: (url, init = {}) => {
        asked.push([new URL(String(url)).pathname, keysOf(JSON.parse(init.body as string))]);
        return world.network.fetch(url, init);
      },
    });
    await settle();
    await client.createConversation();
    await client.shutdown();
    const shown = [...page.matchAll(/^```http\nPOST (\S+)\n```\n\n```json\n([\s\S]*?)^```$/gm)];
    const documented = new Map(shown.map(([, path, body]) => [path, keysOf(JSON.parse(body as string))]));
    expect([...documented.keys()]).toEqual(['', '/receive', '/send'].map((path) => realtimePollPath + path));
    for (const [path, members] of documented) {
      expect(members, path).toEqual(asked.find((one) => one[0] === path)?.[1]);
    }
    expect(asked.at(-1)).toEqual([`${realtimePollPath}/end`, ['session']]);
    for (const path of ['', '/send', '/receive', '/end']) expect(page).toContain(`| \`${realtimePollPath}${path}\` |`);
    expect(inBodies.length).toBeGreaterThan(3);
    for (const text of inBodies) expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0' });
  });

  it('has one row for each method, and marks those with a key', () => {
    const described = rows.filter(
      (cells) => cells.length === 4 && codes(cells[0] ?? '').some((code) => methods.includes(code)),
    );
    expect(described.map(([name]) => codes(name ?? '')[0])).toEqual(expect.arrayContaining(methods));
    expect(described).toHaveLength(methods.length);
    const changes =
      /^(conversations\.(create|update|delete|join|leave)|membership\.|participants\.(add|addNonChat|update|remove)|messages\.(send|update|remove)|users\.update)/;
    for (const [name = '', , , marks = ''] of described) {
      expect(marks.includes('K'), name).toBe(changes.test(codes(name)[0] ?? ''));
    }
  });

  it('says where the socket is, and how large a frame may be', () => {
    expect(page).toContain(`\`${realtimePath}\``);
    expect(page).toContain(`\`${realtimeSubprotocol}\``);
    expect(limits.realtimeFrameBytes).toBe(1024 * 1024);
    expect(page).toContain('1 MiB');
    expect(page.replace(/\s+/g, ' ')).toContain(`1 to ${limits.idempotencyKey} characters`);
  });

  it('has every close code with what it asks for, and every code of JSON-RPC', () => {
    const words = { resume: 'resume', token: 'connect with a new token', fatal: 'do not come back' };
    const expected = Object.entries(closeCodes).map(([code, { then }]) => [code, words[then]]);
    const section = rows.filter((cells) => cells.length === 3 && /^[14]\d{3}$/.test(cells[0] ?? ''));
    expect(section.map(([code, then]) => [code, then])).toEqual(expected);
    expect(column(/^-32\d{3}$/).map(Number)).toEqual(Object.values(rpcErrors).map(({ code }) => code));
  });

  it('has the state machine as it is', () => {
    const states = rows.filter(
      (cells) => cells.length === 3 && (codes(cells[0] ?? '')[0] as ConnectionPhase) in transitions,
    );
    expect(Object.fromEntries(states.map(([name = '', , shown = '']) => [codes(name)[0], codes(shown)[0]]))).toEqual(
      Object.fromEntries((Object.keys(transitions) as ConnectionPhase[]).map((phase) => [phase, stateOf(phase)])),
    );
    const described = rows.filter((cells) => cells.length === 4 && /^\d+$/.test(cells[0] ?? ''));
    expect(described.map(([number]) => Number(number))).toEqual(Object.values(reasons));
    for (const [number, , from = '', to = ''] of described) {
      const reason = Number(number) as ConnectionReason;
      const phases = (Object.keys(transitions) as ConnectionPhase[]).filter((phase) => transitions[phase][reason]);
      const named = codes(from);
      expect(named[0] === 'closed' ? phases.length : named, `reason ${number}`).toEqual(
        named[0] === 'closed' ? Object.keys(transitions).length - 1 : phases,
      );
      for (const phase of phases) expect(transitions[phase][reason], `reason ${number}`).toBe(codes(to)[0]);
    }
  });

  it('shows answers and events with all the members that they have', async () => {
    const world = await inConversation();
    const { socket } = world.network;
    const frames: Frame[] = [];
    const { onmessage } = socket;
    socket.onmessage = (event: { data: string }) => {
      frames.push(JSON.parse(event.data));
      onmessage?.(event as never);
    };
    await world.conversation.sendMessage('Hello');
    await world.conversation.advanceLastReadMessageIndex(0);
    const added = frames.find(({ params }) => params?.['type'] === 'message.added');
    const documented = examples.find(({ params }) => params?.['type'] === 'message.added');
    expect(keysOf(added?.params)).toContain('data.body');
    expect(keysOf(documented?.params)).toEqual(keysOf(added?.params));
    const moved = frames.find(({ result }) => result && 'membership' in result);
    expect(keysOf(moved?.result)).toContain('membership.lastReadMessageIndex');
    expect(keysOf(answers.find(({ id }) => id === 8)?.result)).toEqual(keysOf(moved?.result));
  });

  it('shows the answer to connect with all its members', async () => {
    const { server } = await inConversation();
    const { network } = await connected('bob', server);
    network.stop();
    network.socket.send('{"jsonrpc":"2.0","id":0,"method":"connect","params":{"token":"alice"}}');
    network.socket.deliverUp();
    const arrival = network.socket.down.at(-1);
    const real = arrival && 'frame' in arrival ? JSON.parse(arrival.frame) : undefined;
    const documented = answers.find(({ result }) => result && 'session' in result);
    expect(keysOf(real.result)).toContain('conversations.items.0.membership.participantSid');
    const withoutLast = keysOf(documented?.result).filter((key) => !key.includes('lastMessage.'));
    expect(withoutLast).toEqual(keysOf(real.result).filter((key) => !key.includes('lastMessage.')));
  });
});

/** The names of all members, nested ones with dots, in alphabetical order. */
function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? value.slice(0, 1).map((item) => ['0', item]) : Object.entries(value);
  return entries.flatMap(([key, inner]) => [`${path}${key}`, ...keysOf(inner, `${path}${key}.`)]).sort();
}
