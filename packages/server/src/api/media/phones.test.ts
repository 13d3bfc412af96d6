import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png, type Resource } from '../../testing/open-media.ts';
import { turnsWhile } from '../../testing/turns.ts';

const phone = '+12025550123';
const whatsapp = 'whatsapp:+12025550123';
const own = '+12025550100';
const phonePath = (number: string) => `/v1/x/sandbox/phones/${encodeURIComponent(number)}/messages`;

let at: OpenMedia;
let conversation: string;
beforeEach(async () => {
  at = await openMediaServer();
  ({ sid: conversation } = await at.post('/v1/Conversations'));
});
afterEach(() => at.discard());

const join = (address: string, proxy: string) =>
  at.post(`/v1/Conversations/${conversation}/Participants`, {
    'MessagingBinding.Address': address,
    'MessagingBinding.ProxyAddress': proxy,
  });
const sendMedia = (sid: string) => at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: sid });
/** Waits for the phone to have so many messages. */
async function shown(number: string, count: number): Promise<Resource[]> {
  for (;;) {
    const { messages } = (await (await at.fetch(phonePath(number))).json()) as Resource;
    if (messages.length >= count) return messages;
    await new Promise(setImmediate);
  }
}
const write = async (number: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await at.fetch(phonePath(number), { method: 'POST', body: JSON.stringify(body), headers });
  return { status: answer.status, body: (await answer.json()) as Resource };
};

test('A phone shows the files that it got, each with a link that opens it.', async () => {
  await join(phone, own);
  const media = await at.upload(png, 'image/png', { query: '?Filename=car.png' });
  await sendMedia(media.sid);
  const [message] = await shown(phone, 1);
  expect(message).toMatchObject({ direction: 'in', body: '' });
  expect(message.media).toEqual([
    {
      sid: media.sid,
      category: 'media',
      filename: 'car.png',
      contentType: 'image/png',
      size: png.length,
      url: expect.stringContaining(`${at.url}/`),
    },
  ]);
  const content = await at.fetch(message.media[0].url, { headers: { authorization: 'none' } });
  expect(Buffer.from(await content.arrayBuffer()).equals(png)).toBe(true);
});

test('A phone sends a file that was uploaded, which becomes part of the message.', async () => {
  await join(phone, own);
  const media = await at.upload(png, 'image/png', { query: '?Filename=car.png' });
  const written = await write(phone, { to: own, media: [media.sid] });
  expect(written).toMatchObject({ status: 201, body: { status: 'routed', body: '', media: [{ sid: media.sid }] } });
  const { messages } = await at.get(`/v1/Conversations/${conversation}/Messages`);
  expect(messages).toMatchObject([
    { author: phone, body: null, media: [{ content_type: 'image/png', filename: 'car.png', size: png.length }] },
  ]);
  // A copy: what the phone keeps is not what the conversation has.
  const [{ sid }] = messages[0].media;
  expect(sid).not.toBe(media.sid);
  const content = await at.fetch(`/v1/Services/${at.service}/Media/${sid}/Content`);
  expect(Buffer.from(await content.arrayBuffer()).equals(png)).toBe(true);
});

test.each<[string, object, number, number]>([
  ['neither text nor media', { to: own }, 400, 20001],
  ['media that is not there', { to: own, media: [`ME${'0'.repeat(32)}`] }, 404, 50507],
  ['media that is none', { to: own, media: ['x'] }, 404, 50507],
  ['too much media', { to: own, media: Array(11).fill('x') }, 400, 20422],
])('A phone cannot send %s.', async (_what, body, status, code) => {
  await join(phone, own);
  expect(await write(phone, body)).toMatchObject({ status, body: { code } });
  expect((await at.get(`/v1/Conversations/${conversation}/Messages`)).messages).toEqual([]);
});

test('What a phone writes to nobody is kept with its files for an operator, for a month.', async () => {
  const media = await at.upload(png, 'image/png');
  const { body } = await write(phone, { to: own, body: 'hello', media: [media.sid] });
  expect(body).toMatchObject({ status: 'unrouted' });
  at.clock.advance(29 * 24 * 60 * 60 * 1000);
  await turnsWhile(() => at.files().includes(media.sid));
  expect(at.files()).toHaveLength(1);
  at.clock.advance(24 * 60 * 60 * 1000);
  await turnsWhile(() => at.files().length > 0);
});

test('What a phone cannot take is not sent there, says why, and holds nothing up.', async () => {
  await join(phone, own);
  await join(whatsapp, `whatsapp:${own}`);
  const media = await at.upload('hello', 'text/plain');
  const message = await sendMedia(media.sid);
  const [arrived] = await shown(whatsapp, 1);
  expect(arrived.media).toMatchObject([{ contentType: 'text/plain' }]);
  const receipts = `/v1/Conversations/${conversation}/Messages/${message.sid}/Receipts`;
  const findFailed = async () =>
    (await at.get(receipts)).delivery_receipts.find((receipt: Resource) => receipt.status === 'failed');
  let failed: Resource = await findFailed();
  while (!failed) {
    await new Promise(setImmediate);
    failed = await findFailed();
  }
  expect(failed.error_code).toBe(12300);
  await at.post(`/v1/Conversations/${conversation}/Messages`, { Body: 'next' });
  expect((await shown(phone, 1)).map((one) => one.body)).toEqual(['next']);
});
