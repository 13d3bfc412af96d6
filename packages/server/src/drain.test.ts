import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeToken } from './api/tokens.ts';
import { RawClient } from './testing/raw-client.ts';
import { RawTwilsock } from './testing/raw-twilsock.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

let cwd: string;
let child: ChildProcess;
const agent = new Agent({ keepAlive: true });
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-drain-'));
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  agent.destroy();
  rmSync(cwd, { recursive: true, force: true });
});

async function start(): Promise<string> {
  const flags = ['--conditions=@colloquy/source', program, '--port', '0', '--log-level', 'silent'];
  child = spawn(process.execPath, flags, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  let message = '';
  for await (const chunk of child.stdout?.setEncoding('utf8') ?? []) {
    message += chunk;
    const url = /Playground +(\S+)\/\n/.exec(message)?.[1];
    if (url && message.includes('Try')) return url;
  }
  throw new Error('The server did not start.');
}

const credentials = () => JSON.parse(readFileSync(join(cwd, 'data/credentials.json'), 'utf8'));

/** A request on a connection that is used again. @throws when there is no answer, or one that refuses */
async function call(url: string, form?: Record<string, string>): Promise<ReturnType<typeof JSON.parse>> {
  const { accountSid, authToken } = credentials();
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  const sent = request(url, { agent, method: form ? 'POST' : 'GET', headers });
  sent.end(form && new URLSearchParams(form).toString());
  const [response] = await once(sent, 'response');
  const body = await text(response);
  if (response.statusCode >= 300) throw new Error(body);
  return JSON.parse(body);
}

test('A server that is told to stop under load answers whatever it carries out, and carries out nothing that it does not answer.', async () => {
  let url = await start();
  const conversation = await call(`${url}/v1/Conversations`, {});
  const messages = `/v1/Conversations/${conversation.sid}/Messages`;
  await call(`${url}/v1/Conversations/${conversation.sid}/Participants`, { Identity: 'ann' });
  const grants = { identity: 'ann', service: conversation.chat_service_sid };
  const token = await makeToken(credentials(), grants, Date.now());

  const realtime = await RawClient.open(url.replace('http', 'ws'));
  await realtime.call('connect', { token });
  const official = await RawTwilsock.open(url.replace('http', 'ws'));
  await official.init(token);

  /** By what was sent: the index that the answer gave. */
  const answered = new Map<string, number>();
  const ways: Record<string, (body: string) => Promise<number>> = {
    rest: async (body) => (await call(url + messages, { Body: body })).index,
    realtime: async (body) =>
      (await realtime.call('messages.send', { conversation: conversation.sid, body, key: body })).index,
    official: async (body) =>
      (await official.request('POST', `/v2/Conversations/${conversation.sid}/Messages`, { body })).body.index,
  };
  const senders = Object.entries(ways).flatMap(([way, send]) =>
    Array.from({ length: 16 }, async (_unused, sender) => {
      for (let n = 0; ; n += 1) {
        const body = `${way} ${sender} ${n}`;
        answered.set(body, await send(body));
        if (answered.size === 400) child.kill('SIGTERM');
      }
    }),
  );
  void Promise.allSettled(senders);
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
  // What came before the end of a connection is there by the time that it has ended.
  await realtime.until(() => realtime.closed);

  url = await start();
  const stored = new Map<string, number>();
  for (let page: string | null = `${url}${messages}?PageSize=100`; page; ) {
    const { messages, meta } = await call(page);
    for (const { body, index } of messages) {
      expect(stored.has(body)).toBe(false);
      stored.set(body, index);
    }
    page = meta.next_page_url;
  }
  expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(answered));
  expect(new Set([...stored.keys()].map((body) => body.split(' ')[0]))).toEqual(new Set(Object.keys(ways)));
}, 120_000);

test('A server that is told to stop answers what had arrived by then, also over connections that it had not accepted.', async () => {
  const url = await start();
  const { sid } = await call(`${url}/v1/Conversations`, {});
  const { accountSid, authToken } = credentials();
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const body = 'Body=hi';
  const head = [
    `POST /v1/Conversations/${sid}/Messages HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${authorization}`,
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
  ];
  child.kill('SIGSTOP');
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      await once(socket, 'connect');
      socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
      return { answer: text(socket) };
    }),
  );
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  for (const { answer } of answers) expect(await answer).toMatch(/^HTTP\/1\.1 201 /);
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});
