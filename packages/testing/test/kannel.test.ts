/** Kannel, a gateway that carriers' customers run, as the client of our SMSC. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, type JournalEntry, Smsc } from '../src/index.ts';
import { Daemon, findProgram } from './daemon.ts';

const [bearerbox, smsbox] = [findProgram('bearerbox'), findProgram('smsbox')];

const configuration = (ports: { smsc: number; admin: number; boxes: number; http: number; callbacks: number }) => `
group = core
admin-port = ${ports.admin}
admin-interface = 127.0.0.1
admin-password = adm
smsbox-port = ${ports.boxes}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
dlr-storage = internal
sms-resend-freq = 1
sms-resend-retry = 5

group = smsc
smsc = smpp
smsc-id = sim
host = 127.0.0.1
port = ${ports.smsc}
transceiver-mode = true
smsc-username = "conv"
smsc-password = "secret1"
system-type = ""
interface-version = 34
enquire-link-interval = 1
max-pending-submits = 5
throughput = 50
source-addr-ton = 1
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
msg-id-type = 0x00
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${ports.http}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = u
password = p
max-messages = 10
concatenation = true
user-allow-ip = "127.0.0.1"

group = sms-service
keyword = default
get-url = "http://127.0.0.1:${ports.callbacks}/mo?from=%p&to=%P&text=%b&coding=%c"
accept-x-kannel-headers = true
max-messages = 0
concatenation = true
catch-all = true
`;

const name = 'Kannel (Debian package kannel)';
describe.skipIf(!bearerbox || !smsbox)(name, () => {
  let folder: string;
  let smsc: Smsc;
  let daemons: Daemon[];
  let callbacks: Server;
  let http: number;
  let called: URL[];
  let onCall: (url: URL) => void;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'colloquy-kannel-'));
    smsc = new Smsc();
    await smsc.start();
    called = [];
    onCall = () => {};
    callbacks = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://127.0.0.1');
      called.push(url);
      onCall(url);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(callbacks, 'listening');
    const { port } = callbacks.address() as AddressInfo;
    http = await freePort();
    const ports = { smsc: smsc.port, admin: await freePort(), boxes: await freePort(), http, callbacks: port };
    writeFileSync(join(folder, 'kannel.conf'), configuration(ports));
    const bound = smsc.journal.next((entry) => entry.type === 'out' && entry.pdu.command === 'bind_transceiver_resp');
    const start = (program = '') => new Daemon(program, ['-v', '0', 'kannel.conf'], { cwd: folder });
    daemons = [start(bearerbox)];
    await bound;
    daemons.push(start(smsbox));
    await daemons[1]?.says(/Connected to bearerbox|gwthread_create.*sendsms|Added service/);
    await daemons[0]?.says(/Client connected from/);
  });
  afterAll(async () => {
    for (const daemon of daemons ?? []) await daemon.stop();
    callbacks?.close();
    await smsc?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** @returns the kinds of reports that came until one of them is of a wanted kind */
  async function send(text: string, to: string, until: string): Promise<string[]> {
    const types: string[] = [];
    const id = String(called.length);
    const over = new Promise<void>((resolve) => {
      onCall = ({ pathname, searchParams }) => {
        if (pathname !== '/dlr' || searchParams.get('id') !== id) return;
        types.push(searchParams.get('type') ?? '');
        if (types.at(-1) === until) resolve();
      };
    });
    const { port } = callbacks.address() as AddressInfo;
    const [coding, charset] = [/^[ -~£€@\n]*$/.test(text) ? '0' : '2', 'UTF-8'];
    const report = `http://127.0.0.1:${port}/dlr?id=${id}&type=%d&reply=%A`;
    const query = new URLSearchParams({ username: 'u', password: 'p', from: '442000001', to, coding, charset, text });
    query.set('dlr-mask', '31');
    query.set('dlr-url', report);
    const response = await fetch(`http://127.0.0.1:${http}/cgi-bin/sendsms?${query}`);
    expect(response.status).toBe(202);
    await over;
    return types;
  }

  async function write(text: string, more: Partial<Parameters<Smsc['write']>[0]> = {}): Promise<URL> {
    const came = new Promise<URL>((resolve) => {
      onCall = (url) => {
        if (url.pathname === '/mo') resolve(url);
      };
    });
    await smsc.write({ from: '+447700900123', to: '442000001', text, ...more });
    return came;
  }
  /** GSM texts come as UTF-8, others as UTF-16 with the high octet first. */
  const textOf = ({ search, searchParams }: URL) => {
    const raw = /[?&]text=([^&]*)/.exec(search)?.[1] ?? '';
    const octets = Buffer.from(
      raw.replaceAll('+', ' ').replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    );
    return searchParams.get('coding') === '2' ? octets.swap16().toString('utf16le') : octets.toString();
  };

  it('binds, and asks whether we are there', async () => {
    const asks = (entry: JournalEntry) => entry.type === 'in' && entry.pdu.command === 'enquire_link';
    await smsc.journal.next(asks);
    expect(smsc.binds).toBe(1);
  });

  it('sends texts that phones show, and gets receipts for them', async () => {
    const shown = () => smsc.handsets.shown('447700900123').map(({ text }) => text);
    expect(await send('first @ £ €', '447700900123', '1')).toEqual(['8', '1']);
    expect(await send('Привет 👋', '447700900123', '1')).toEqual(['8', '1']);
    expect(shown()).toEqual(['first @ £ €', 'Привет 👋']);
    const long = 'long '.repeat(41).trim();
    expect(await send(long, '447700900123', '1')).toContain('1');
    expect(shown().at(-1)).toBe(long);
    expect(await send('nobody there', '447700900001', '2')).toEqual(['8', '2']);
    expect(await send('no such number', '447700900000', '16')).toEqual(['16']);
  });

  it('sends again what was throttled', async () => {
    smsc.faults.add({ action: { type: 'refuse', status: 0x58 }, count: 1 });
    expect(await send('throttled', '447700900125', '1')).toEqual(['8', '1']);
    expect(smsc.handsets.shown('447700900125').map(({ text }) => text)).toEqual(['throttled']);
  });

  it('gets texts of people, put together from pieces in any order', async () => {
    const plain = await write('hello £');
    expect([textOf(plain), plain.searchParams.get('from')]).toEqual(['hello £', '+447700900123']);
    expect(textOf(await write('Привет 👋'))).toBe('Привет 👋');
    const long = 'pieces '.repeat(30).trim();
    expect(textOf(await write(long, { pieces: [2, 1] }))).toBe(long);
    expect(textOf(await write('payload '.repeat(32), { concatenation: 'payload' }))).toBe('payload '.repeat(32));
  });

  it('comes back after the line was cut', async () => {
    const again = smsc.journal.next((entry) => entry.type === 'out' && entry.pdu.command === 'bind_transceiver_resp');
    smsc.cut();
    await again;
    expect(await send('after the cut', '447700900126', '1')).toContain('1');
  });
});
