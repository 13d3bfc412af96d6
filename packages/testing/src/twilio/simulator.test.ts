/** Judged by Twilio's own library: its REST client is pointed here, and its check of signatures reads what is posted. */
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { bodyOf, serveWeb, type WebServer } from '../web-server.ts';
import { signForm, signJson } from './signature.ts';
import { startTwilioSimulator, type TwilioSimulator } from './simulator.ts';

const own = '+12025550100';
const ann = '+12025550123';
const whatsapp = 'whatsapp:+12025550100';

let clock: ManualClock;
let simulator: TwilioSimulator;
let client: twilio.Twilio;
let door: WebServer;
let received: { url: string; signature: string; token: string; form: URLSearchParams }[];
/** What the door answers, the first one first; 204 in the end. */
let answers: (number | 'cut')[];

/** The library calls https://api.twilio.com, wherever one wants it. */
class PointedClient extends twilio.RequestClient {
  override request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
    return super.request<T>({ ...options, uri: options.uri.replace('https://api.twilio.com', simulator.url) } as never);
  }
}
const connect = (user: string, password: string) =>
  twilio(user, password, { accountSid: simulator.account.sid, httpClient: new PointedClient() });

beforeEach(async () => {
  clock = new ManualClock();
  received = [];
  answers = [];
  door = await serveWeb(async (request, response) => {
    const form = new URLSearchParams((await bodyOf(request)).toString());
    const { 'x-twilio-signature': signature, 'i-twilio-idempotency-token': token } = request.headers;
    received.push({ url: door.url + request.url, signature: String(signature), token: String(token), form });
    const answer = answers.shift() ?? 204;
    if (answer === 'cut') response.destroy();
    else response.writeHead(answer).end();
  });
  simulator = await startTwilioSimulator({
    clock,
    apiKeys: { SK00000000000000000000000000000001: 'key secret' },
    senders: { [whatsapp]: `${door.url}/whatsapp` },
    services: { MG00000000000000000000000000000001: [own] },
    templates: { HX00000000000000000000000000000001: 'Hello {{1}}!' },
  });
  client = connect(simulator.account.sid, simulator.account.token);
});
afterEach(async () => {
  await simulator.close();
  await door.close();
});

const codeOf = (sending: Promise<unknown>) =>
  sending.then(
    () => null,
    (error: { code?: number }) => error.code,
  );
const valid = ({ url, signature, form }: (typeof received)[number], token = simulator.account.token) =>
  twilio.validateRequest(token, signature, url, Object.fromEntries(form));

describe('The library', () => {
  it('sends, looks the message up, and finds it in the list', async () => {
    const sent = await client.messages.create({ to: ann, from: own, body: 'hello' });
    expect(sent).toMatchObject({ to: ann, from: own, body: 'hello', status: 'queued', direction: 'outbound-api' });
    expect(sent.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(sent.dateCreated.getTime()).toBe(clock.now());
    expect((await client.messages(sent.sid).fetch()).body).toBe('hello');
    expect((await client.messages.list({ to: ann })).map(({ sid }) => sid)).toEqual([sent.sid]);
    expect(await client.messages.list({ to: own })).toEqual([]);
  });

  it('walks the pages of a list, the newest message first', async () => {
    for (let at = 0; at < 7; at += 1) await client.messages.create({ to: ann, from: own, body: String(at) });
    const listed = await client.messages.list({ from: own, pageSize: 3 });
    expect(listed.map(({ body }) => body)).toEqual(['6', '5', '4', '3', '2', '1', '0']);
    expect(simulator.journal.filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  it('finds messages by when they were sent', async () => {
    await client.messages.create({ to: ann, from: own, body: 'old' });
    clock.advance(60_000);
    const between = new Date(clock.now() - 30_000);
    await client.messages.create({ to: ann, from: own, body: 'new' });
    const bodies = async (filter: object) => (await client.messages.list(filter)).map(({ body }) => body);
    expect(await bodies({ dateSentAfter: between })).toEqual(['new']);
    expect(await bodies({ dateSentBefore: between })).toEqual(['old']);
  });

  it('is let in with an API key, and with nothing else', async () => {
    const key = 'SK00000000000000000000000000000001';
    await connect(key, 'key secret').messages.create({ to: ann, from: own, body: 'hello' });
    expect(simulator.journal.at(-1)?.authorized).toBe(key);
    expect(await codeOf(connect(key, 'wrong').messages.list())).toBe(20003);
    expect(await codeOf(connect(simulator.account.sid, 'wrong').messages.list())).toBe(20003);
  });

  it('reads and changes the numbers of the account', async () => {
    const [number] = await client.incomingPhoneNumbers.list();
    expect(number?.phoneNumber).toBe(own);
    await client.incomingPhoneNumbers(number?.sid ?? '').update({ smsUrl: `${door.url}/in` });
    expect((await client.incomingPhoneNumbers(number?.sid ?? '').fetch()).smsUrl).toBe(`${door.url}/in`);
  });

  it('fills in a template', async () => {
    const contentSid = 'HX00000000000000000000000000000001';
    const sent = await client.messages.create({ to: ann, from: own, contentSid, contentVariables: '{"1":"Ann"}' });
    expect(sent.body).toBe('Hello Ann!');
  });

  it.each([
    ['no number', { to: '12', from: own, body: 'x' }, 21211],
    ['a landline that it knows', { to: '+15005550009', from: own, body: 'x' }, 21614],
    ['a short code', { to: '12345', from: own, body: 'x' }, 21265],
    ['itself', { to: own, from: own, body: 'x' }, 21266],
    ['from a number of somebody else', { to: ann, from: '+12025550111', body: 'x' }, 21660],
    ['from no WhatsApp sender', { to: `whatsapp:${ann}`, from: 'whatsapp:+12025550111', body: 'x' }, 63007],
    ['from one channel to another', { to: ann, from: whatsapp, body: 'x' }, 21910],
    ['without from', { to: ann, body: 'x' }, 21603],
    ['without content', { to: ann, from: own }, 21619],
    ['with a text that is too long', { to: ann, from: own, body: 'x'.repeat(1601) }, 21617],
    ['with eleven files', { to: ann, from: own, mediaUrl: Array(11).fill('https://example.com/') }, 21623],
    ['with a file that has no URL', { to: ann, from: own, mediaUrl: ['nowhere'] }, 21620],
    ['with a callback that is no URL', { to: ann, from: own, body: 'x', statusCallback: 'nowhere' }, 21609],
    ['with an unknown template', { to: ann, from: own, contentSid: `HX${'0'.repeat(32)}` }, 21655],
    ['with an unknown service', { to: ann, messagingServiceSid: `MG${'0'.repeat(32)}`, body: 'x' }, 21705],
  ])('is told what is wrong with a message %s', async (_what, message, code) => {
    expect(await codeOf(client.messages.create(message))).toBe(code);
  });

  it('meets the fault that was asked for, as often as that', async () => {
    simulator.break({ api: 'messages', kind: { code: 20429, retryAfter: 3 }, to: '0123$' });
    const send = (to: string) => codeOf(client.messages.create({ to, from: own, body: 'x' }));
    expect([await send('+12025550124'), await send(ann), await send(ann)]).toEqual([null, 20429, null]);
  });
});

describe('A post', () => {
  const say = async (body = 'hello', extra: Record<string, string> = {}) => {
    const [number] = simulator.account.numbers;
    if (number?.sms_url === '') number.sms_url = `${door.url}/in?a=b%20c`;
    return simulator.receive({ from: ann, to: own, body, extra });
  };

  it('of what a person writes has a signature that the library takes, for this token and these words', async () => {
    await say('hällo + & =', { ButtonPayload: 'yes' });
    const [post] = received;
    if (!post) throw new Error('Nothing was posted.');
    expect(post.form.get('Body')).toBe('hällo + & =');
    expect(valid(post)).toBe(true);
    expect(valid(post, 'other token')).toBe(false);
    post.form.set('Body', 'changed');
    expect(valid(post)).toBe(false);
  });

  it('of JSON carries the hash of its body, as the library wants it', () => {
    const { url, signature } = signJson('token', 'https://example.com/in?a=b', '{"c":1}');
    expect(twilio.validateRequestWithBody('token', signature, url, '{"c":1}')).toBe(true);
    expect(twilio.validateRequestWithBody('token', signature, url, '{"c":2}')).toBe(false);
  });

  it('with a name that comes twice is signed as the library signs it', () => {
    const form = new URLSearchParams('b=2&a=1&b=1&b=2');
    const params = { a: '1', b: ['2', '1', '2'] };
    expect(signForm('token', 'https://example.com/', form)).toBe(
      twilio.getExpectedTwilioSignature('token', 'https://example.com/', params),
    );
  });

  it('is repeated under the rules of its URL, with the same token each time', async () => {
    const [number] = simulator.account.numbers;
    if (number) number.sms_url = `${door.url}/in#rc=3&rp=all`;
    answers = [500, 403, 'cut', 503];
    expect((await say()).posted).toMatchObject({ status: 503, attempts: 4 });
    expect(new Set(received.map(({ token }) => token)).size).toBe(1);
    expect(received.every((post) => valid(post))).toBe(true);
  });

  it('is repeated only when there was no answer, where the URL has no rules', async () => {
    answers = [500];
    expect((await say()).posted).toMatchObject({ status: 500, attempts: 1 });
    answers = ['cut'];
    expect((await say()).posted).toMatchObject({ status: 204, attempts: 2 });
  });

  it('goes to the other URL of the number when the first one fails', async () => {
    const [number] = simulator.account.numbers;
    if (number) number.sms_fallback_url = `${door.url}/fallback`;
    answers = [500];
    expect((await say()).posted).toMatchObject({ status: 204, attempts: 2 });
    expect(received.at(-1)?.url).toBe(`${door.url}/fallback`);
  });

  it('tells of each status in its time', async () => {
    await client.messages.create({ to: ann, from: own, body: 'x', statusCallback: `${door.url}/status` });
    await simulator.idle();
    const seen = () => received.map(({ form }) => form.get('MessageStatus'));
    expect(seen()).toEqual([]);
    clock.advance(100);
    await simulator.idle();
    expect(seen()).toEqual(['sent']);
    clock.advance(900);
    await simulator.idle();
    expect(seen()).toEqual(['sent', 'delivered']);
    expect(received.every((post) => valid(post))).toBe(true);
  });

  it('tells that WhatsApp takes a free text only within a day of the person writing', async () => {
    const message = { to: `whatsapp:${ann}`, from: whatsapp, body: 'x', statusCallback: `${door.url}/status` };
    await client.messages.create(message);
    await simulator.idle();
    expect(received.map(({ form }) => [form.get('MessageStatus'), form.get('ErrorCode')])).toEqual([
      ['undelivered', '63016'],
    ]);
    await simulator.receive({ from: `whatsapp:${ann}`, to: whatsapp, body: 'hi' });
    await client.messages.create(message);
    await simulator.idle();
    clock.advance(100);
    await simulator.idle();
    expect(received.at(-1)?.form.get('MessageStatus')).toBe('sent');
  });
});

describe('A person who texts STOP', () => {
  it('gets nothing more from that number until he texts START', async () => {
    const send = () => codeOf(client.messages.create({ to: ann, from: own, body: 'x' }));
    await simulator.receive({ from: ann, to: own, body: ' stop ' });
    expect(await send()).toBe(21610);
    await simulator.receive({ from: ann, to: own, body: 'START' });
    expect(await send()).toBe(null);
  });
});

describe('A file', () => {
  it('is not there at first, then on another host, which wants no credentials', async () => {
    const bytes = Buffer.from('picture');
    const files = [{ contentType: 'image/png', bytes, missing: 1 }];
    const { message } = await simulator.receive({ from: ann, to: own, files });
    const [media] = await client.messages(message.sid).media.list();
    expect(media).toMatchObject({ contentType: 'image/png', parentSid: message.sid });
    const path = `/2010-04-01/Accounts/${simulator.account.sid}/Messages/${message.sid}/Media/${media?.sid}`;
    const { sid, token } = simulator.account;
    const headers = { Authorization: `Basic ${Buffer.from(`${sid}:${token}`).toString('base64')}` };
    const get = () => fetch(simulator.url + path, { headers, redirect: 'manual' });
    expect((await get()).status).toBe(404);
    const found = await get();
    expect(found.status).toBe(302);
    const location = found.headers.get('location') ?? '';
    expect(location.startsWith(simulator.storageUrl)).toBe(true);
    expect((await fetch(location, { headers })).status).toBe(400);
    expect(Buffer.from(await (await fetch(location)).arrayBuffer())).toEqual(bytes);
    expect((await fetch(simulator.url + path)).status).toBe(401);
  });
});
