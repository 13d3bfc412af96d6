import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Scope } from './api-client.ts';
import { accountSid, authToken, type RunningServer, runServer } from './running-server.ts';
import { openScope, refusal, scopeNames } from './scopes.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runServer();
});
afterAll(() => server.stop());

const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;

/** As programs do it that use the hosted media service: the official library has no operation for it. */
async function upload(service: string): Promise<{ sid: string; size: number }> {
  const url = `${server.url}/v1/Services/${service}/Media?Filename=hello.txt`;
  const headers = { authorization, 'content-type': 'text/plain' };
  const answer = await fetch(url, { method: 'POST', body: 'hello', headers });
  expect(answer.status).toBe(201);
  return answer.json() as Promise<{ sid: string; size: number }>;
}

describe.each(scopeNames)('Media in messages of %s', (name) => {
  let scope: Scope;
  let service: string;
  beforeAll(async () => {
    ({ scope } = await openScope(server, name));
    const { chatServiceSid } = await scope.conversations.create({ uniqueName: 'media' });
    service = chatServiceSid;
  });

  test('A message is sent with media, and shows it wherever it is shown.', async () => {
    const { sid } = await upload(service);
    const { messages } = scope.conversations('media');
    const created = await messages.create({ mediaSid: sid, author: 'ann' });
    const media = [{ sid, size: 5, content_type: 'text/plain', filename: 'hello.txt', category: 'media' }];
    expect(created).toMatchObject({ body: null, media });
    expect(await messages(created.sid).fetch()).toMatchObject({ media });
    expect(await messages.list()).toMatchObject([{ media }]);
    expect(await messages(created.sid).update({ body: 'look' })).toMatchObject({ body: 'look', media });
    await expect(messages.create({ mediaSid: sid })).rejects.toMatchObject(refusal(50508, 400));
    expect(await messages(created.sid).remove()).toBe(true);
    const gone = await fetch(`${server.url}/v1/Services/${service}/Media/${sid}`, { headers: { authorization } });
    expect(gone.status).toBe(404);
  });

  test('Media that is not there is refused with the code of the contract.', async () => {
    const { messages } = scope.conversations('media');
    const send = (mediaSid: string) => expect(messages.create({ mediaSid })).rejects;
    await send(`ME${'0'.repeat(32)}`).toMatchObject(refusal(50507, 404));
    await send('ME0').toMatchObject(refusal(50510, 400));
  });
});
