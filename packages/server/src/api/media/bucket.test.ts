import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginUpload, finishUpload } from '../../core/media/actions.ts';
import { type OpenMedia, openMediaServer } from '../../testing/open-media.ts';
import { type RunningS3, runS3 } from '../../testing/run-s3.ts';
import { turnsWhile } from '../../testing/turns.ts';

let s3: RunningS3;
let at: OpenMedia;
beforeAll(async () => {
  s3 = await runS3();
  at = await openMediaServer({ mediaBucket: s3.bucket });
});
afterAll(async () => {
  await at.discard();
  await s3.stop();
});

const inBucket = (sid: string) => s3.stored().some((name) => name.includes(sid));

test('A server with a bucket keeps media there, gives any piece of them, and removes them there.', async () => {
  const bytes = randomBytes(9 * 1024 * 1024);
  const media = await at.upload(bytes, 'video/mp2t');
  expect(inBucket(media.sid)).toBe(true);
  expect(at.files()).toEqual([]);
  const whole = await at.fetch(media.links.content);
  expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
  const piece = await at.fetch(media.links.content, { headers: { range: 'bytes=8388000-8389000' } });
  expect(piece.status).toBe(206);
  expect(Buffer.from(await piece.arrayBuffer()).equals(bytes.subarray(8388000, 8389001))).toBe(true);

  const { sid } = await at.post('/v1/Conversations');
  const message = await at.post(`/v1/Conversations/${sid}/Messages`, { MediaSid: media.sid });
  await at.remove(`/v1/Conversations/${sid}/Messages/${message.sid}`);
  await turnsWhile(() => inBucket(media.sid));
});

test('What nobody sends goes from the bucket, too.', async () => {
  const media = await at.upload('hello', 'text/plain');
  at.clock.advance(5 * 60 * 1000);
  await turnsWhile(() => inBucket(media.sid));
});

test('Without the bucket the server says that it cannot take files now, and keeps none.', async () => {
  const lost = await openMediaServer({ mediaBucket: { ...s3.bucket, bucket: 'elsewhere' } });
  const path = `/v1/Services/${lost.service}/Media`;
  const answer = await lost.fetch(path, { method: 'POST', body: 'hello' });
  expect([answer.status, (await answer.json()).code]).toEqual([503, 20503]);
  expect(await lost.server.core.db.sql.selectFrom('media').selectAll().execute()).toEqual([]);
  await lost.discard();
});

test('While the bucket is out of reach its files are not to be had now, and no error is kept in their place.', async () => {
  const own = await runS3();
  const lost = await openMediaServer({ mediaBucket: own.bucket });
  const { sid } = await lost.post('/v1/Conversations');
  const media = await lost.upload('hello', 'text/plain');
  await lost.post(`/v1/Conversations/${sid}/Messages`, { MediaSid: media.sid });
  await own.stop();
  const answer = await lost.fetch(media.links.content_direct_temporary);
  expect([answer.status, (await answer.json()).code, answer.headers.get('retry-after')]).toEqual([503, 20503, '1']);
  for (const name of ['etag', 'cache-control', 'content-disposition', 'accept-ranges']) {
    expect([name, answer.headers.get(name)]).toEqual([name, null]);
  }
  await lost.discard();
});

test('Nobody who left waits for a bucket that does not answer.', async () => {
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const endpoint = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const lost = await openMediaServer({ mediaBucket: { ...s3.bucket, endpoint } });
  const actor = { kind: 'account', account: lost.config.credentials.accountSid as `AC${string}` } as const;
  const { core } = lost.server;
  const { sid } = await core.run(beginUpload, actor, {});
  const about = { category: 'media', filename: null, contentType: 'text/plain', size: 5 } as const;
  await core.run(finishUpload, actor, { sid, service: lost.service, ...about });
  const leaves = new AbortController();
  const answer = lost.fetch(`/v1/Services/${lost.service}/Media/${sid}/Content`, { signal: leaves.signal });
  const [asked] = (await once(mute, 'connection')) as [Socket];
  await once(asked, 'data');
  leaves.abort();
  await expect(answer).rejects.toThrow();
  // The connection to the bucket goes with whom it was for.
  await once(asked, 'close');
  await lost.discard();
  mute.close();
});
