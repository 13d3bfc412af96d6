import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { serveWeb, type WebServer } from '../web-server.ts';
import { startWhatsAppSimulator, type WhatsAppSimulator } from './simulator.ts';

const number = '106540352242922';
const account = '102290129340398';
const ann = '12025550123';
const minute = 60_000;

let clock: ManualClock;
let simulator: WhatsAppSimulator;
let app: WebServer;
/** What was posted to the app. */
let posts: { signature: string; text: string; body: Body }[];
/** How the next posts are answered; 200 where nothing is here. */
let answers: number[];
beforeEach(async () => {
  clock = new ManualClock();
  simulator = await startWhatsAppSimulator({ clock });
  posts = [];
  answers = [];
  app = await serveWeb(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://app');
    if (request.method === 'GET') return void response.end(url.searchParams.get('hub.challenge'));
    let text = '';
    for await (const piece of request) text += piece;
    posts.push({ signature: String(request.headers['x-hub-signature-256']), text, body: JSON.parse(text) });
    response.writeHead(answers.shift() ?? 200).end();
  });
  await simulator.subscribe(app.url, 'verify');
});
afterEach(async () => {
  await simulator.close();
  await app.close();
});

// biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
type Body = any;

async function call(method: 'GET' | 'POST', path: string, body?: unknown, token = 'simulated-token') {
  const answer = await fetch(`${simulator.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}
const send = (message: object) =>
  call('POST', `/v24.0/${number}/messages`, { messaging_product: 'whatsapp', to: ann, ...message });
const text = (body: string, more: object = {}) => send({ type: 'text', text: { body }, ...more });
const codeOf = async (answer: Promise<{ body: Body }>) => (await answer).body.error?.code;
async function pass(milliseconds: number): Promise<void> {
  clock.advance(milliseconds);
  await simulator.idle();
}
const values = () =>
  posts.flatMap(({ body }) => body.entry.flatMap((entry: Body) => entry.changes.map((one: Body) => one.value)));
const statuses = () => values().flatMap((value: Body) => value.statuses ?? []);

describe('The API', () => {
  it('refuses a wrong token, an unknown path and what is not there', async () => {
    expect(await call('POST', `/v24.0/${number}/messages`, {}, 'wrong')).toMatchObject({
      status: 401,
      body: { error: { code: 190 } },
    });
    expect(await call('GET', `/v24.0/1`)).toMatchObject({
      status: 400,
      body: { error: { code: 100, error_subcode: 33 } },
    });
    expect(await codeOf(call('GET', `/${number}`))).toBe(100);
  });

  it('tells of a number what is asked for, and checks the proof that goes along', async () => {
    const { body } = await call('GET', `/v24.0/${number}?fields=display_phone_number,quality_rating`);
    expect(body).toEqual({ id: number, display_phone_number: '+1 555-078-3881', quality_rating: 'GREEN' });
    const proof = createHmac('sha256', 'simulated-secret').update('simulated-token').digest('hex');
    expect((await call('GET', `/v24.0/${number}?appsecret_proof=${proof}`)).status).toBe(200);
    expect(await codeOf(call('GET', `/v24.0/${number}?appsecret_proof=${'0'.repeat(64)}`))).toBe(100);
  });

  it.each([
    ['without its product', { messaging_product: 'sms', type: 'text', text: { body: 'x' } }, 100],
    ['of an unknown type', { type: 'poll', poll: {} }, 131009],
    ['with a field that there is not', { type: 'text', text: { body: 'x' }, colour: 'red' }, 100],
    ['without a text', { type: 'text', text: { body: '' } }, 131008],
    ['with too long a text', { type: 'text', text: { body: 'x'.repeat(4097) } }, 100],
    ['to nobody', { type: 'text', text: { body: 'x' }, to: undefined }, 131008],
    ['to no number', { type: 'text', text: { body: 'x' }, to: 'ann' }, 131009],
    ['to itself', { type: 'text', text: { body: 'x' }, to: '15550783881' }, 131021],
    ['with an id and a link', { type: 'image', image: { id: '1', link: 'https://x.org/' } }, 131008],
    ['with a file that is not there', { type: 'image', image: { id: '1' } }, 131009],
    ['with a caption of an audio', { type: 'audio', audio: { link: 'https://x.org/', caption: 'x' } }, 100],
    ['with four buttons', { type: 'interactive', interactive: buttons(4) }, 131009],
    ['with two buttons of the same id', { type: 'interactive', interactive: buttons(2, 'same') }, 131009],
    ['with too long a button', { type: 'interactive', interactive: buttons(1, 'a', 'x'.repeat(21)) }, 100],
    ['off the map', { type: 'location', location: { latitude: 91, longitude: 0 } }, 131009],
  ])('refuses a message %s', async (_what, message, code) => {
    await simulator.phone(ann).write('hello');
    expect(await codeOf(send(message))).toBe(code);
    expect(simulator.phone(ann).received).toEqual([]);
  });

  it('takes templates that are approved and have their parameters', async () => {
    const components = [{ type: 'BODY', text: 'Hi {{1}}' }];
    const template = { language: 'en', category: 'UTILITY', components } as const;
    simulator.world.templates.push(
      { ...template, name: 'hi', status: 'APPROVED' },
      { ...template, name: 'new', status: 'PENDING' },
      { ...template, name: 'bad', status: 'PAUSED' },
    );
    const sendTemplate = (name: string, code: string, ...parameters: object[]) =>
      send({ type: 'template', template: { name, language: { code }, components: [{ type: 'body', parameters }] } });
    const one = { type: 'text', text: 'Ann' };
    expect(await codeOf(sendTemplate('hi', 'de', one))).toBe(132001);
    expect(await codeOf(sendTemplate('new', 'en', one))).toBe(132001);
    expect(await codeOf(sendTemplate('bad', 'en', one))).toBe(132015);
    expect(await codeOf(sendTemplate('hi', 'en'))).toBe(132000);
    expect(await codeOf(sendTemplate('hi', 'en', one, one))).toBe(132000);
    expect((await sendTemplate('hi', 'en', one)).status).toBe(200);
  });

  it('takes one message in six seconds to somebody, of which 45 may come at once, and 80 in a second to all', async () => {
    await simulator.phone(ann).write('hello');
    for (let sent = 0; sent < 45; sent += 1) expect((await text('x')).status).toBe(200);
    expect(await codeOf(text('x'))).toBe(131056);
    clock.advance(6000);
    expect((await text('x')).status).toBe(200);
    expect(await codeOf(text('x'))).toBe(131056);
    clock.advance(1000);
    for (let sent = 0; sent < 80; sent += 1) await text('x', { to: String(12_025_550_200 + sent) });
    expect(await text('x', { to: '12025550300' })).toMatchObject({ status: 429, body: { error: { code: 130429 } } });
  });
});

function buttons(count: number, id?: string, title = 'Yes') {
  const list = Array.from({ length: count }, (_, at) => ({ type: 'reply', reply: { id: id ?? `b${at}`, title } }));
  return { type: 'button', body: { text: 'Well?' }, action: { buttons: list } };
}

describe('A message', () => {
  it('is reported as sent, delivered and read, with what the business put into it', async () => {
    await simulator.phone(ann).write('hello');
    const { body } = await text('hi', { biz_opaque_callback_data: 'mine' });
    const [{ id }] = body.messages;
    expect(body.contacts).toEqual([{ input: ann, wa_id: ann, user_id: expect.stringMatching(/^US\.\d+$/) }]);
    await pass(500);
    await simulator.phone(ann).read();
    expect(statuses()).toMatchObject(
      ['sent', 'delivered', 'read'].map((status) => ({
        id,
        status,
        recipient_id: ann,
        biz_opaque_callback_data: 'mine',
      })),
    );
  });

  it('outside the window is taken and fails later, or is refused at once', async () => {
    await simulator.phone(ann).write('hello');
    clock.advance(24 * 60 * minute);
    expect((await text('late')).status).toBe(200);
    await pass(500);
    expect(statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131047 }] }]);
    simulator.reporting.windowRefusal = 'answer';
    expect(await codeOf(text('late'))).toBe(131047);
    expect(simulator.phone(ann).received).toEqual([]);
  });

  it('to somebody who cannot be reached fails later', async () => {
    await simulator.phone(ann).write('hello');
    simulator.phone(ann).state.unreachable = true;
    await text('hello?');
    await pass(500);
    expect(statuses()).toMatchObject([{ status: 'failed', errors: [{ code: 131026 }] }]);
  });

  it('to an id is reported without the number of whoever hides it', async () => {
    const phone = simulator.phone(ann);
    await phone.write('hello');
    phone.hideNumber('ann');
    const { body } = await text('hi', { to: undefined, recipient: phone.state.userId });
    expect(body.contacts).toEqual([{ input: phone.state.userId, user_id: phone.state.userId }]);
    await pass(500);
    for (const status of statuses()) expect(status).not.toHaveProperty('recipient_id');
  });
});

describe('The app', () => {
  it('is told signed, with what is not ASCII escaped, and slashes', async () => {
    await simulator.phone(ann).write('https://x.org/é😀');
    const [post] = posts;
    expect(post?.text).toContain('https:\\/\\/x.org\\/\\u00e9\\ud83d\\ude00');
    expect(post?.signature).toBe(
      `sha256=${createHmac('sha256', 'simulated-secret')
        .update(post?.text ?? '')
        .digest('hex')}`,
    );
    expect(values()[0].messages[0].text.body).toBe('https://x.org/é😀');
  });

  it('is told again until it answers with 200, ever later, for seven days', async () => {
    answers = Array(1000).fill(500);
    await simulator.phone(ann).write('hello');
    for (const wait of [1000, 5000, 30_000, 2 * minute, 10 * minute, 30 * minute, 60 * minute]) {
      const before = posts.length;
      await pass(wait - 1);
      expect(posts).toHaveLength(before);
      await pass(1);
      expect(posts).toHaveLength(before + 1);
    }
    for (let hour = 0; hour < 24 * 8; hour += 1) await pass(60 * minute);
    const all = posts.length;
    expect(all).toBeLessThan(24 * 7 + 10);
    await pass(24 * 60 * minute);
    expect(posts).toHaveLength(all);
  });

  it('is told of everything at once that was held', async () => {
    simulator.webhooks.hold();
    await simulator.phone(ann).write('one');
    await simulator.phone('12025550124').write('two');
    expect(posts).toEqual([]);
    await simulator.webhooks.release();
    expect(posts).toHaveLength(1);
    expect(values().map((value: Body) => value.messages[0].text.body)).toEqual(['one', 'two']);
  });

  it('may have another URL for a number, which Meta checks', async () => {
    const override = (url: string) =>
      call('POST', `/v24.0/${number}`, { webhook_configuration: { override_callback_uri: url, verify_token: 'x' } });
    expect(await codeOf(override(`${simulator.url}/nowhere`))).toBe(100);
    await simulator.webhooks.setUrl('http://127.0.0.1:1/');
    expect((await override(app.url)).status).toBe(200);
    await simulator.phone(ann).write('hello');
    expect(posts).toHaveLength(1);
  });
});

describe('A file', () => {
  const form = (type: string, bytes: Uint8Array<ArrayBuffer>) => {
    const data = new FormData();
    data.set('messaging_product', 'whatsapp');
    data.set('file', new Blob([bytes], { type }), 'a.png');
    return data;
  };
  const upload = async (type: string, bytes: Uint8Array<ArrayBuffer>) => {
    const headers = { authorization: 'Bearer simulated-token' };
    const answer = await fetch(`${simulator.url}/v24.0/${number}/media`, {
      method: 'POST',
      headers,
      body: form(type, bytes),
    });
    return (await answer.json()) as Body;
  };
  const bytes = new Uint8Array([0, 13, 10, 45, 45, 255]);

  it('is kept for 30 days, and refused where it is too large or of another type', async () => {
    const { id } = await upload('image/png', bytes);
    await simulator.phone(ann).write('hello');
    expect((await send({ type: 'image', image: { id, caption: 'look' } })).status).toBe(200);
    expect(simulator.phone(ann).received).toMatchObject([{ text: 'look', file: { bytes: Buffer.from(bytes) } }]);
    expect((await upload('image/gif', bytes)).error.code).toBe(131053);
    expect((await upload('image/webp', new Uint8Array(600_000))).error.code).toBe(131053);
    clock.advance(30 * 24 * 60 * minute);
    expect(await codeOf(send({ type: 'image', image: { id } }))).toBe(131009);
  });

  it('of a person is behind a URL that lives for five minutes and wants the token', async () => {
    await simulator.phone(ann).sendFile({ contentType: 'image/png', bytes });
    const { id } = values()[0].messages[0].image;
    const { url } = (await call('GET', `/v24.0/${id}`)).body;
    const read = async (token: string) => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await read('simulated-token'), await read('wrong')]).toEqual([200, 401]);
    clock.advance(5 * minute);
    expect(await read('simulated-token')).toBe(404);
    clock.advance(7 * 24 * 60 * minute);
    expect((await call('GET', `/v24.0/${id}`)).status).toBe(400);
  });
});

it('is controlled over HTTP as well: phones, faults, the network', async () => {
  const control = (method: 'GET' | 'POST', path: string, body?: unknown) => call(method, `/control${path}`, body);
  expect(await control('POST', `/phones/+${ann}/messages`, { text: 'hello' })).toMatchObject({
    status: 201,
    body: { answered: 200 },
  });
  await send({ type: 'interactive', interactive: buttons(2) });
  const { messages } = (await control('GET', `/phones/+${ann}/messages`)).body;
  expect(messages).toMatchObject([{ type: 'interactive', read: false }]);
  await control('POST', `/phones/+${ann}/messages`, { press: { target: messages[0].id, id: 'b1' } });
  await control('POST', `/phones/+${ann}/messages`, { reaction: { target: messages[0].id, emoji: '👍' } });
  await control('POST', `/phones/+${ann}/messages`, {
    file: { contentType: 'text/plain', base64: 'aGk=', filename: 'a.txt' },
  });
  await control('POST', `/phones/+${ann}/messages`, {
    type: 'unsupported',
    object: { unsupported: { type: 'poll_creation' } },
  });
  await control('POST', `/phones/+${ann}/number`, { to: '+12025550199' });
  expect(
    values()
      .flatMap((value: Body) => value.messages)
      .map(({ type }: Body) => type),
  ).toEqual(['text', 'interactive', 'reaction', 'document', 'unsupported', 'system']);
  await control('POST', '/faults', { api: 'messages', kind: { code: 131016 } });
  expect(await codeOf(text('x'))).toBe(131016);
  expect((await control('POST', '/reports', { id: 'wamid.none', status: 'read' })).status).toBe(400);
  expect((await control('GET', '/nothing')).status).toBe(404);
  expect((await control('GET', '/journal')).body.requests.length).toBeGreaterThan(1);
  expect((await call('GET', `/v24.0/${account}/subscribed_apps`)).body.data).toHaveLength(1);
});
