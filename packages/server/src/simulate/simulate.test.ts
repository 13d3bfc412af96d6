import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { createServer as openServer, type Server } from '../server.ts';

const program = fileURLToPath(new URL('../cli.ts', import.meta.url));
const { PATH = '' } = process.env;
const own = '+12025550142';
const ann = '+12025550123';

let cwd: string;
const directories: string[] = [];
const started: ChildProcess[] = [];
const servers: Server[] = [];
function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'colloquy-simulate-'));
  directories.push(directory);
  return directory;
}
/** Most of the time of these tests is processes that start: each uses what those before it have compiled. */
const compiled = newDirectory();
beforeEach(() => {
  cwd = newDirectory();
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});
afterAll(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function run(args: readonly string[]) {
  const env = { PATH, NODE_COMPILE_CACHE: compiled };
  const child = spawn(process.execPath, ['--conditions=@colloquy/source', program, ...args], { cwd, env });
  started.push(child);
  return child;
}

async function runToEnd(...args: string[]) {
  const child = run(args);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** Runs it, and reads what it says up to where this is in it. */
async function runUntil(args: readonly string[], end: RegExp) {
  const child = run(args);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    complaints += chunk;
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  const until = async (pattern: RegExp) => {
    while (!pattern.test(said)) {
      if (child.exitCode !== null) throw new Error(`It ended: ${complaints}`);
      await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    }
    return pattern.exec(said) as RegExpExecArray;
  };
  await until(end);
  return {
    until,
    said: () => said,
    complaints: () => complaints,
    type: (line: string) => child.stdin.write(`${line}\n`),
    stop: async () => {
      child.kill('SIGINT');
      await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** A server of this directory, in this process. @returns its URL */
async function runServer(): Promise<string> {
  const config = loadConfig(['--port', '0', '--log-level', 'silent'], {}, cwd);
  const server = await openServer(config);
  servers.push(server);
  return (await server.listen()).url;
}
const simulate = (...args: string[]) => runUntil(['simulate', ...args], /^→ arrived at a phone/m);

/** A request to the server, with the credentials that it made. @param body JSON, or a form */
async function ask(server: string, method: string, path: string, body?: string | URLSearchParams) {
  const { accountSid, authToken } = JSON.parse(readFileSync(join(cwd, 'data', 'credentials.json'), 'utf8'));
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const headers = { authorization, ...(typeof body === 'string' && { 'content-type': 'application/json' }) };
  const answer = await fetch(server + path, { method, headers, ...(body !== undefined && { body }) });
  return answer.json();
}
const post = (server: string, path: string, body: object) => ask(server, 'POST', path, JSON.stringify(body));
const postForm = (server: string, path: string, form: Record<string, string> = {}) =>
  ask(server, 'POST', path, new URLSearchParams(form));
const sendersOf = async (server: string) => (await ask(server, 'GET', '/v1/x/senders')).senders;

describe('A simulator beside a server', () => {
  const phoneNumber = '+12025550123';
  let home: string;
  let server: string;
  beforeAll(async () => {
    home = cwd = newDirectory();
    server = await runServer();
  });
  beforeEach(() => {
    cwd = home;
  });
  test.each([
    ['twilio', '+12025550142', phoneNumber, { api: 'messages', kind: { code: 20429 } }, /! POST .*20429/],
    [
      'whatsapp',
      'whatsapp:+12025550143',
      `whatsapp:${phoneNumber}`,
      { api: 'messages', kind: { code: 130429 } },
      /! POST .*130429/,
    ],
    [
      'smpp',
      '+12025550144',
      phoneNumber,
      { action: { type: 'refuse', status: 0x58 }, count: 1 },
      /! submit_sm.*THROTTLED/,
    ],
    ['telegram', 'telegram:@simulated_bot', 'telegram:5001', { method: 'send', kind: { error: 429 } }, /! send.* 429/],
    [
      'email',
      'support@example.test',
      'ann@example.org',
      { at: 'recipient', answer: '451 4.7.1 Again.' },
      /! SMTP: 451/,
    ],
  ])(
    'of %s is a sender there, carries a conversation both ways, and is gone at the end',
    async (provider, address, person, fault, refused) => {
      const simulator = await simulate(provider, '--port', '0', '--server', server);
      expect(simulator.complaints()).toBe('');
      const [, phone = ''] = /phone=(\S+)/.exec(simulator.said()) ?? [];
      const [, control = ''] = /control=(\S+)/.exec(simulator.said()) ?? [];
      const isMail = provider === 'email';
      const canonical = isMail ? `mailto:${address}` : address;
      expect(await sendersOf(server)).toMatchObject([{ type: provider, addresses: [canonical] }]);

      // By e-mail, the own address is the conversation's.
      const form: Record<string, string> = isMail ? { 'Bindings.Email.Address': address } : {};
      const { sid } = await postForm(server, '/v1/Conversations', form);
      await postForm(server, `/v1/Conversations/${sid}/Participants`, {
        'MessagingBinding.Address': person,
        ...(!isMail && { 'MessagingBinding.ProxyAddress': address }),
      });
      const messages = async () => (await ask(server, 'GET', `/v1/Conversations/${sid}/Messages`)).messages;
      simulator.type(`${person} Hello?`);
      await simulator.until(/← \S+ {2}Hello\?/);
      await expect.poll(messages, { timeout: 20_000 }).toMatchObject([{ author: person, body: 'Hello?' }]);

      await postForm(server, `/v1/Conversations/${sid}/Messages`, { Author: 'shop', Body: 'Parcel!' });
      await simulator.until(/→ \S+ {2}Parcel!/);
      const shown = await (await fetch(phone)).json();
      expect(shown.messages).toMatchObject([
        { direction: 'out', from: person, to: address, body: 'Hello?' },
        { direction: 'in', from: address, to: person, body: 'Parcel!' },
      ]);
      if (provider !== 'telegram') await simulator.until(/✓ \S+ {2}delivered/);

      await fetch(`${control}/faults`, { method: 'POST', body: JSON.stringify(fault) });
      await postForm(server, `/v1/Conversations/${sid}/Messages`, { Author: 'shop', Body: 'Are you there?' });
      await simulator.until(refused);

      const [{ sid: sender }] = await sendersOf(server);
      expect(await simulator.stop()).toBe(0);
      expect(await sendersOf(server)).toEqual([]);
      expect(simulator.said()).toMatch(new RegExp(`^The sender ${sender} is removed\\.\\n$`, 'm'));
      // On a busy machine the end takes long enough to say so.
      expect(simulator.complaints()).toMatch(/^(?:Finishing what is under way\..*\n)?$/);
    },
    60_000,
  );

  test('stays a sender with --keep, which the next one takes over', async () => {
    const first = await simulate('twilio', '--port', '0', '--server', server, '--keep');
    expect(await first.stop()).toBe(0);
    const [left] = await sendersOf(server);
    // It was told where to report to, though the server has no public URL.
    expect(left.capabilities.inbound).toEqual(['webhook', 'poll']);
    const second = await simulate('twilio', '--port', '0', '--server', server);
    const [now, ...others] = await sendersOf(server);
    expect([now.addresses, others]).toEqual([[own], []]);
    expect(now.config.apiUrl).not.toBe(left.config.apiUrl);
    await second.stop();
    expect(await sendersOf(server)).toEqual([]);
  });

  test('leaves it alone when told to', async () => {
    await simulate('twilio', '--port', '0', '--server', server, '--no-attach');
    expect(await sendersOf(server)).toEqual([]);
  });

  test('says what the server refuses, and goes on', async () => {
    const config = { accountSid: `AC${'1'.repeat(32)}`, authToken: 'of a real account' };
    await post(server, '/v1/x/senders', { type: 'twilio', addresses: [own], config, check: false });
    const simulator = await simulate('twilio', '--port', '0', '--server', server);
    expect(simulator.complaints()).toMatch(
      /refuses \(409\): .*XE.* Going on without one; run this again to attach it\.\n$/s,
    );
    // The real Twilio would reach nothing at an address of this machine.
    expect(await sendersOf(server)).toMatchObject([
      { config: { accountSid: config.accountSid }, capabilities: { inbound: ['poll'] } },
    ]);
  });
});

test('Without a server here it says so, and is of use all the same', async () => {
  const simulator = await simulate('twilio', '--port', '0');
  expect(simulator.complaints()).toMatch(/^There is no .*credentials\.json: .* Going on without one; .*\n$/);
  simulator.type(`${ann} Hello?`);
  await simulator.until(/← \+12025550123 {2}Hello\?/);
  await simulator.until(/! \+12025550123 {2}wrote, but \+12025550142 has no webhook/);
  simulator.type('Hello?');
  await simulator.until(/^Begin with the address of a phone/m);
  expect(await simulator.stop()).toBe(0);
});

test('A server that is not running is named', async () => {
  const server = await runServer();
  for (const running of servers.splice(0)) await running.close();
  const simulator = await simulate('twilio', '--port', '0', '--server', server);
  expect(simulator.complaints()).toMatch(/^No server answers at http:\/\/127\.0\.0\.1:\d+\. Going on without one/);
});

test('What a person writes cannot move the cursor of the terminal', async () => {
  const simulator = await simulate('twilio', '--port', '0', '--no-attach');
  simulator.type(`${ann} a\u001b[2Jb`);
  await simulator.until(/← \+12025550123 {2}a�\[2Jb/);
});

test('A port that is taken ends it with 1 and a sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  try {
    const { code, stderr } = await runToEnd('simulate', 'twilio', '--port', `${port}`);
    expect([code, stderr]).toEqual([
      1,
      `Another program listens on port ${port}; end it, or give another port with --port (0 takes any free one).\n`,
    ]);
  } finally {
    other.close();
  }
});

test.each([
  [['simulat', 'twilio'], '"simulat" is not a command; did you mean simulate?\n'],
  [['simulate', 'twilio', '--prot', '1'], '--prot is not a flag; did you mean --port?\n'],
])('colloquy %j ends with 2 and says what is wrong', async (args, stderr) => {
  expect(await runToEnd(...args)).toEqual({ code: 2, stdout: '', stderr });
});

test('Settings of the server here that do not fit are said, with exit code 2', async () => {
  writeFileSync(join(cwd, 'colloquy.config.json'), '{"prot": 1}');
  expect(await runToEnd('simulate', 'twilio', '--port', '0')).toEqual({
    code: 2,
    stdout: '',
    stderr: '"prot" in colloquy.config.json is not a setting; did you mean port?\n',
  });
});

test('colloquy --help names the commands and starts nothing', async () => {
  const { code, stdout } = await runToEnd('--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}start .*\n(?: {2}\w.*\n)* {2}simulate /m);
  expect(readdirSync(cwd)).toEqual([]);
});

test.each([[['start']], [[]]])('colloquy %j is the server', async (word) => {
  const server = await runUntil([...word, '--port', '0', '--log-level', 'silent'], /^Colloquy is running\.$/m);
  expect(await server.stop()).toBe(0);
});
