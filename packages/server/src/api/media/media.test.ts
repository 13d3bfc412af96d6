import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenMedia, openMediaServer, png } from '../../testing/open-media.ts';
import { authorization } from '../../testing/open-rest.ts';

let at: OpenMedia;
beforeAll(async () => {
  at = await openMediaServer();
});
afterAll(() => at.discard());

const mediaPath = () => `/v1/Services/${at.service}/Media`;

test('A file goes up and comes back, and is described in the form of the contract.', async () => {
  const resource = await at.upload(png, 'image/png', { query: '?Filename=pixel+%C3%BC.png&Category=media' });
  const path = `${mediaPath()}/${resource.sid}`;
  const date = new Date(at.clock.now()).toISOString().replace('Z', '+00:00');
  expect(resource).toEqual({
    sid: expect.stringMatching(/^ME[0-9a-f]{32}$/),
    service_sid: at.service,
    date_created: date,
    date_upload_updated: date,
    date_updated: date,
    links: { content: `${path}/Content`, content_direct_temporary: expect.stringContaining(`${at.url}/`) },
    size: png.length,
    content_type: 'image/png',
    filename: 'pixel ü.png',
    author: 'system',
    category: 'media',
    message_sid: null,
    channel_sid: null,
    url: path,
    is_multipart_upstream: false,
  });
  const fetched = await (await at.fetch(path)).json();
  expect({ ...fetched, links: undefined }).toEqual({ ...resource, links: undefined });
  for (const [url, init] of [
    [`${path}/Content`, {}],
    [resource.links.content_direct_temporary, { headers: { authorization: '' } }],
  ] as const) {
    const answer = await at.fetch(url, init);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await answer.arrayBuffer()).equals(png)).toBe(true);
  }
});

describe('A form', () => {
  test('brings its file with name and type, as the official SDK sends it.', async () => {
    const form = new FormData();
    form.set('note', 'not looked at');
    form.set('file', new File([png], 'a "b" ü.png', { type: 'image/png' }));
    const answer = await at.fetch(`${mediaPath()}?Category=media`, { method: 'POST', body: form });
    expect(answer.status).toBe(201);
    const resource = await answer.json();
    expect(resource).toMatchObject({ filename: 'a "b" ü.png', content_type: 'image/png', size: png.length });
    const content = await at.fetch(resource.links.content);
    expect(Buffer.from(await content.arrayBuffer()).equals(png)).toBe(true);
  });
});

test('A file can be injected without a port, for tests.', async () => {
  const answer = await at.server.inject({
    method: 'POST',
    url: mediaPath(),
    payload: png,
    headers: { authorization: authorization.byAccount, 'content-type': 'image/png' },
  });
  expect([answer.statusCode, answer.json().size]).toEqual([201, png.length]);
  const refused = await at.server.inject({ method: 'POST', url: mediaPath(), payload: png });
  expect(refused.statusCode).toBe(401);
  at.clock.advance(60_000);
});
