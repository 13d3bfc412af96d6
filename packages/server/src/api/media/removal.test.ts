import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DiskStore } from '../../media/disk/disk-store.ts';
import { createServer } from '../../server.ts';
import { type OpenMedia, openMediaServer, png } from '../../testing/open-media.ts';
import { turnsWhile } from '../../testing/turns.ts';

let at: OpenMedia;
beforeEach(async () => {
  at = await openMediaServer();
});
afterEach(() => at.discard());

const upload = () => at.upload(png, 'image/png');
/** Resolves when these are the files that there are. */
async function filesAre(...sids: string[]): Promise<void> {
  const wanted = [...sids].sort().join();
  await turnsWhile(() => at.files().sort().join() !== wanted);
}
const attached = async () => {
  const { sid: conversation } = await at.post('/v1/Conversations');
  const media = await upload();
  const message = await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: media.sid });
  return { conversation, message: message.sid as string, media: media.sid as string };
};
const rows = () => at.server.core.db.sql.selectFrom('media').select('sid').execute();

describe('The files go with', () => {
  test('their message.', async () => {
    const [gone, kept] = [await attached(), await attached()];
    await at.remove(`/v1/Conversations/${gone.conversation}/Messages/${gone.message}`);
    expect((await at.fetch(`/v1/Services/${at.service}/Media/${gone.media}`)).status).toBe(404);
    await filesAre(kept.media);
    expect(await rows()).toEqual([{ sid: kept.media }]);
  });

  test('their conversation.', async () => {
    const [gone, kept] = [await attached(), await attached()];
    await at.remove(`/v1/Conversations/${gone.conversation}`);
    await filesAre(kept.media);
    expect(await rows()).toEqual([{ sid: kept.media }]);
  });

  test('their service, those that were never sent after their five minutes.', async () => {
    const { sid: service } = await at.post('/v1/Services', { FriendlyName: 'gone' });
    const base = `/v1/Services/${service}`;
    const { sid: conversation } = await at.post(`${base}/Conversations`);
    const put = async () =>
      (await (await at.fetch(`${base}/Media`, { method: 'POST', body: png })).json()).sid as string;
    const [sent, unsent] = [await put(), await put()];
    await at.post(`${base}/Conversations/${conversation}/Messages`, { MediaSid: sent });
    await at.remove(base);
    await filesAre(unsent);
    at.clock.advance(5 * 60 * 1000);
    await filesAre();
    expect(await rows()).toEqual([]);
  });

  test('nothing when their author goes: his messages stay.', async () => {
    const { sid: conversation } = await at.post('/v1/Conversations');
    const headers = { 'x-twilio-token': await at.token('ann') };
    const media = await at.upload(png, 'image/png', { headers });
    await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: media.sid, Author: 'ann' });
    await at.remove('/v1/Users/ann');
    at.clock.advance(60 * 60 * 1000);
    expect((await at.fetch(media.links.content)).status).toBe(200);
  });
});

test('Who asks for a file while it is removed is told that it is not there.', async () => {
  const { conversation, message, media } = await attached();
  const open = vi.spyOn(DiskStore.prototype, 'open').mockImplementationOnce(async () => {
    await at.remove(`/v1/Conversations/${conversation}/Messages/${message}`);
    return undefined;
  });
  const answer = await at.fetch(`/v1/Services/${at.service}/Media/${media}/Content`);
  expect([answer.status, (await answer.json()).code]).toEqual([404, 20404]);
  expect(open).toHaveBeenCalledOnce();
  open.mockRestore();
});

describe('What nobody sends', () => {
  test('goes with the user who uploaded it: the next one of the same identity is another.', async () => {
    const headers = { 'x-twilio-token': await at.token('ann') };
    const anns = await at.upload(png, 'image/png', { headers });
    const bobs = await at.upload(png, 'image/png', { headers: { 'x-twilio-token': await at.token('bob') } });
    const { sid: other } = await at.post('/v1/Services', { FriendlyName: 'other' });
    const path = `/v1/Services/${other}/Media`;
    const elsewhere = { 'x-twilio-token': await at.token('ann', other) };
    const ofAnother = await (await at.fetch(path, { method: 'POST', body: png, headers: elsewhere })).json();
    await at.remove('/v1/Users/ann');
    expect((await at.fetch(anns.links.content, { headers })).status).toBe(404);
    await filesAre(bobs.sid, ofAnother.sid);
  });

  test('goes after five minutes, not before, and what was sent meanwhile stays.', async () => {
    const { sid: conversation } = await at.post('/v1/Conversations');
    const [first, sent] = [await upload(), await upload()];
    at.clock.advance(299_999);
    const late = await upload();
    await at.post(`/v1/Conversations/${conversation}/Messages`, { MediaSid: sent.sid });
    await filesAre(first.sid, late.sid, sent.sid);
    at.clock.advance(1);
    await filesAre(late.sid, sent.sid);
    at.clock.advance(299_999);
    await filesAre(sent.sid);
    expect((await at.fetch(first.url)).status).toBe(404);
  });

  test('goes although the server was off when its time came.', async () => {
    const { sid: kept, ...path } = await attached().then(({ media, ...rest }) => ({ sid: media, ...rest }));
    expect(path.message).toMatch(/^IM/);
    await upload();
    await at.shut();
    at.clock.advance(10 * 60 * 1000);
    const again = await createServer(at.config, { clock: at.clock, logger: pino({ level: 'silent' }) });
    await filesAre(kept);
    expect(await again.core.db.sql.selectFrom('media').select('sid').execute()).toEqual([{ sid: kept }]);
    await again.close();
  });

  test('is never removed when it is sent at the same moment: either it was sent, or it could not be.', async () => {
    const { sid: conversation } = await at.post('/v1/Conversations');
    const files: string[] = [];
    for (let n = 0; n < 30; n += 1) {
      files.push((await upload()).sid);
      at.clock.advance(1);
    }
    at.clock.advance(299_960);
    const answers = files.map(async (MediaSid) => {
      const answer = await at.ask('POST', `/v1/Conversations/${conversation}/Messages`, { form: { MediaSid } });
      return answer.status === 201 ? 'sent' : answer.body.code;
    });
    // Each file has a millisecond of its own in which its time is over, while all of them are being sent.
    for (let n = 0; n < 60; n += 1) {
      at.clock.advance(1);
      await new Promise(setImmediate);
    }
    const outcomes = await Promise.all(answers);
    const sent = files.filter((_, n) => outcomes[n] === 'sent');
    expect(outcomes.filter((outcome) => outcome !== 'sent' && outcome !== 50507)).toEqual([]);
    await filesAre(...sent);
    for (const sid of sent) {
      expect((await at.fetch(`/v1/Services/${at.service}/Media/${sid}/Content`)).status).toBe(200);
    }
  });
});
