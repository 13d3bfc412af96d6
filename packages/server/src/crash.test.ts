import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeToken, type TokenKeys } from './api/tokens.ts';
import { RawClient } from './testing/raw-client.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

let cwd: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'colloquy-crash-'));
});
afterEach(async () => {
  if (child) await kill(child);
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

async function kill(process: ChildProcess): Promise<void> {
  child = undefined;
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill('SIGKILL');
  await once(process, 'exit');
}

interface Message {
  index: number;
  body: string;
}

interface Rest {
  /** @param key under which the request may be repeated */
  post(
    path: string,
    form: Record<string, string>,
    key?: string,
  ): Promise<{ sid: string; chat_service_sid: string; index: number }>;
  messages(conversation: string): Promise<Message[]>;
}

function restOf(url: string, keys: TokenKeys & { authToken: string }): Rest {
  const authorization = `Basic ${Buffer.from(`${keys.accountSid}:${keys.authToken}`).toString('base64')}`;
  const answer = async (response: Response) => {
    if (!response.ok) throw new Error(await response.text());
    return response.json();
  };
  return {
    post: async (path, form, key) => {
      const headers = { authorization, ...(key !== undefined && { 'idempotency-key': key }) };
      return answer(await fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(form) }));
    },
    messages: async (conversation) => {
      const all: Message[] = [];
      let next: string | null = `${url}/v1/Conversations/${conversation}/Messages?PageSize=100`;
      while (next) {
        const page: { messages: Message[]; meta: { next_page_url: string | null } } = await answer(
          await fetch(next, { headers: { authorization } }),
        );
        all.push(...page.messages);
        next = page.meta.next_page_url;
      }
      return all;
    },
  };
}

test('A kill under load loses nothing that was acknowledged, doubles nothing, and leaves no gap; repeated sends get their first answers.', async () => {
  let url = await start();
  const keys = JSON.parse(readFileSync(join(cwd, 'data/credentials.json'), 'utf8'));
  let rest = restOf(url, keys);
  const conversations: string[] = [];
  let service = '';
  for (let n = 0; n < 3; n += 1) {
    const made = await rest.post('/v1/Conversations', {});
    conversations.push(made.sid);
    service = made.chat_service_sid;
    await rest.post(`/v1/Conversations/${made.sid}/Participants`, { Identity: 'ann' });
  }
  const connect = async () => {
    const client = await RawClient.open(url.replace('http', 'ws'));
    await client.call('connect', { token: await makeToken(keys, { identity: 'ann', service }, Date.now()) });
    return client;
  };

  /** Body to index, of every send that was answered; and the sends that were not. */
  const acknowledged = new Map<string, number>();
  const unanswered: { conversation: string; body: string; key: string }[] = [];
  const overRest = (body: string) => Number(body.split('-')[1]) % 2 === 0;
  let round = 0;
  for (let kills = 0; kills < 3; kills += 1) {
    const client = await connect();
    let stopped = false;
    const killAt = acknowledged.size + 300;
    const loops = Array.from({ length: 24 }, async (_unused, caller) => {
      while (!stopped) {
        round += 1;
        const conversation = conversations[round % conversations.length] as string;
        const body = `${kills}-${caller}-${round}`;
        try {
          const send = { conversation, body, key: body };
          unanswered.push(send);
          const { index } = overRest(body)
            ? await rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: body }, body)
            : await client.call('messages.send', send);
          unanswered.splice(unanswered.indexOf(send), 1);
          acknowledged.set(`${conversation} ${body}`, index);
        } catch {
          return;
        }
        if (!stopped && acknowledged.size >= killAt) {
          stopped = true;
          await kill(child as ChildProcess);
        }
      }
    });
    await Promise.all(loops);
    client.cut();
    url = await start();
    rest = restOf(url, keys);
  }

  const client = await connect();
  for (const send of unanswered) {
    const { index } = overRest(send.body)
      ? await rest.post(`/v1/Conversations/${send.conversation}/Messages`, { Body: send.body }, send.key)
      : await client.call('messages.send', send);
    acknowledged.set(`${send.conversation} ${send.body}`, index);
  }
  // Answers that came are the same ones again.
  for (const [message, index] of [...acknowledged].slice(-50)) {
    const [conversation, body = ''] = message.split(' ');
    if (!overRest(body)) continue;
    const again = await rest.post(`/v1/Conversations/${conversation}/Messages`, { Body: body }, body);
    expect([message, again.index]).toEqual([message, index]);
  }
  client.cut();
  const found = new Map<string, number>();
  for (const conversation of conversations) {
    const messages = await rest.messages(conversation);
    expect(messages.map((message) => message.index)).toEqual(messages.map((_message, at) => at));
    for (const { body, index } of messages) {
      expect(found.has(`${conversation} ${body}`)).toBe(false);
      found.set(`${conversation} ${body}`, index);
    }
  }
  expect(acknowledged.size).toBeGreaterThan(900);
  for (const [message, index] of acknowledged) expect([message, found.get(message)]).toEqual([message, index]);
}, 60_000);
