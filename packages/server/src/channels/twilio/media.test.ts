import { buffer } from 'node:stream/consumers';
import { ManualClock, serveWeb, type WebServer } from '@colloquy/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MediaGone } from '../channel.ts';
import type { InboundMessage } from '../events.ts';
import { ann, never, openTwilioWorld, own, type TwilioWorld } from './twilio-world.ts';

let world: TwilioWorld;
let other: WebServer;
let asked: (string | undefined)[];
beforeEach(async () => {
  world = await openTwilioWorld(new ManualClock());
  asked = [];
  other = await serveWeb(async (request, response) => {
    asked.push(request.headers.authorization);
    if (request.url === '/loop') response.writeHead(302, { Location: '/loop' }).end();
    else if (request.url === '/gone') response.writeHead(410).end();
    else if (request.url === '/inside') response.writeHead(302, { Location: 'http://10.0.0.1/' }).end();
    else response.writeHead(200, { 'Content-Type': 'image/png' }).end('elsewhere');
  });
});
afterEach(async () => {
  await world.close();
  await other.close();
});

async function written(missing = 0) {
  await world.simulator.receive({
    from: ann,
    to: own,
    files: [{ contentType: 'image/png', bytes: Buffer.from('picture'), missing }],
  });
  const [part] = (world.host.events[0] as InboundMessage).parts;
  if (part?.kind !== 'media' || !('source' in part)) throw new Error('There is no file.');
  return part.source as { url: string; message: string };
}
const fetchIt = async (source: unknown) => {
  const { bytes, contentType } = await world.channel.fetchMedia(source, never);
  return { text: (await buffer(bytes)).toString(), contentType };
};

it('fetches a file with credentials from Twilio, and without them from where it is sent on to', async () => {
  // The store behind refuses requests with credentials.
  expect(await fetchIt(await written())).toEqual({ text: 'picture', contentType: 'image/png' });
  expect(world.simulator.journal.at(-1)).toMatchObject({ authorized: 'token', status: 302 });
});

it('fails while the file is not there yet, and can be asked again', async () => {
  const source = await written(2);
  await expect(fetchIt(source)).rejects.toThrow('404');
  await expect(fetchIt(source)).rejects.toThrow('404');
  expect((await fetchIt(source)).text).toBe('picture');
});

it('gives its credentials to nothing but the exact address of a file of this message', async () => {
  const { url, message } = await written();
  const account = world.config.accountSid;
  const elsewhere = url.replace(world.simulator.url, other.url);
  expect((await fetchIt({ url: elsewhere, message })).text).toBe('elsewhere');
  expect(asked).toEqual([undefined]);
  const near = [
    url.replace(account, `AC${'9'.repeat(32)}`),
    url.replace(message, `MM${'9'.repeat(32)}`),
    `${url}/more`,
    url.replace(/Media.*/, 'Media.json'),
    url.replace('/Messages/', '/Messages/../Messages/').replace(message, `MM${'9'.repeat(32)}`),
    `${world.simulator.url}/2010-04-01/Accounts/${account}/Messages.json`,
  ];
  for (const one of near) {
    await expect(fetchIt({ url: one, message }), one).rejects.toThrow();
    expect(world.simulator.journal.at(-1)?.authorized, one).toBeNull();
  }
});

it('gives up on a file that was deleted, or leads in circles, or inside', async () => {
  await expect(fetchIt({ url: `${other.url}/gone`, message: '' })).rejects.toThrow(MediaGone);
  await expect(fetchIt({ url: `${other.url}/loop`, message: '' })).rejects.toThrow('too often');
  await expect(fetchIt({ url: `${other.url}/inside`, message: '' })).rejects.toThrow('not public');
  await expect(fetchIt({ url: 'file:///etc/passwd', message: '' })).rejects.toThrow('neither http nor https');
});
