import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import twilio from 'twilio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountSid, authToken, type RunningServer, runServer } from './running-server.ts';
import { refusal } from './scopes.ts';

type Contents = ReturnType<typeof twilio>['content']['v1']['contents'];

const file = createRequire(import.meta.url).resolve('@twilio/cli-core/src/services/twilio-api/twilio_content_v1.json');
const { components, paths } = JSON.parse(readFileSync(file, 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addFormat('uri-map', true);
ajv.addSchema({ $id: 'content', components });

/** Compares each answer that the official client gets with the description of the hosted service. */
class JudgingClient extends twilio.RequestClient {
  readonly bodies: Record<string, unknown>[] = [];

  override async request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
    const response = await super.request<T>(options as never);
    const { statusCode: status, body } = response;
    const path = new URL(options.uri).pathname.replace(/HX\w+/, options.method === 'post' ? '{ContentSid}' : '{Sid}');
    const schema = paths[path]?.[options.method]?.responses[status]?.content?.['application/json']?.schema;
    if (schema) {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"content#/'));
      if (!ajv.validate(absolute, body)) throw new Error(`${path} ${status}: ${ajv.errorsText()}`);
    }
    if (status < 400 && status !== 204) {
      if (!schema) throw new Error(`${options.method} ${path} ${status} is not described.`);
      this.bodies.push(body as Record<string, unknown>);
    }
    return response;
  }
}

let server: RunningServer;
let judge: JudgingClient;
let contents: Contents;
beforeAll(async () => {
  server = await runServer();
  judge = new JudgingClient();
  const client = twilio(accountSid, authToken, { httpClient: judge });
  client.content.baseUrl = server.url;
  contents = client.content.v1.contents;
});
afterAll(() => server.stop());

// The library sends what it is given as it is: names have to be those of the wire.
const create = (body: object) => contents.create(body as never);
const quickReply = { body: 'Coming, {{1}}?', actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'yes' }] };

test('A template is created, listed, fetched and removed.', async () => {
  const created = await create({
    friendly_name: 'invitation',
    language: 'en',
    variables: { '1': 'Ann' },
    types: { 'twilio/text': { body: 'Coming, {{1}}?' }, 'twilio/quick-reply': quickReply },
  });
  expect(created).toMatchObject({
    accountSid,
    friendlyName: 'invitation',
    language: 'en',
    variables: { '1': 'Ann' },
    types: { 'twilio/text': { body: 'Coming, {{1}}?' }, 'twilio/quick-reply': quickReply },
    url: `${server.url}/v1/Content/${created.sid}`,
  });
  expect(judge.bodies.at(-1)?.['links']).toEqual({
    approval_create: `${server.url}/v1/Content/${created.sid}/ApprovalRequests/whatsapp`,
    approval_fetch: `${server.url}/v1/Content/${created.sid}/ApprovalRequests`,
  });
  const others = await Promise.all(
    ['a', 'b', 'c'].map((body) => create({ language: 'en', types: { 'twilio/text': { body } } })),
  );
  const listed = await contents.list({ pageSize: 2 });
  expect(listed.map(({ sid }) => sid).sort()).toEqual([created, ...others].map(({ sid }) => sid).sort());
  expect((await contents(created.sid).fetch()).toJSON()).toEqual(created.toJSON());
  expect(await contents(created.sid).remove()).toBe(true);
  await expect(contents(created.sid).fetch()).rejects.toMatchObject(refusal(20404, 404));
  await expect(contents(created.sid).remove()).rejects.toMatchObject(refusal(20404, 404));
});

test('A template is handed in, once.', async () => {
  const { sid } = await create({ language: 'en', types: { 'twilio/quick-reply': quickReply } });
  const approvals = contents(sid).approvalFetch();
  expect((await approvals.fetch()).whatsapp).toMatchObject({ type: 'whatsapp', status: 'unsubmitted' });
  const asked = { name: 'invitation', category: 'UTILITY' };
  expect(await contents(sid).approvalCreate.create(asked as never)).toMatchObject({
    ...asked,
    contentType: 'twilio/quick-reply',
    status: 'received',
    allowCategoryChange: true,
  });
  expect((await approvals.fetch()).whatsapp).toMatchObject({ ...asked, status: 'received' });
  await expect(contents(sid).approvalCreate.create(asked as never)).rejects.toMatchObject(refusal(20409, 409));
});

test('A message is made from a template and its variables.', async () => {
  const { sid: contentSid } = await create({
    language: 'en',
    variables: { '1': 'Ann' },
    types: { 'twilio/quick-reply': quickReply },
  });
  const { v1 } = server.api;
  const { sid } = await v1.conversations.create();
  const { messages } = v1.conversations(sid);
  expect(await messages.create({ contentSid })).toMatchObject({ body: 'Coming, Ann?', contentSid });
  expect(await messages.create({ contentSid, contentVariables: '{"1":"Bob"}', body: 'x' })).toMatchObject({
    body: 'Coming, Bob?',
    contentSid,
  });
  await expect(messages.create({ contentSid, contentVariables: 'x' })).rejects.toMatchObject(refusal(50527, 400));
  await expect(messages.create({ body: 'x', contentVariables: '{}' })).rejects.toMatchObject(refusal(50528, 400));
  const { sid: catalog } = await create({ language: 'en', types: { 'twilio/catalog': { title: 'x' } } });
  await expect(messages.create({ contentSid: catalog })).rejects.toMatchObject(refusal(50542, 400));
});

test('What a template lacks is refused as the library expects it.', async () => {
  await expect(create({ types: {} })).rejects.toMatchObject({
    ...refusal(20001, 400),
    message: 'Missing required parameter language in the post body',
  });
  await expect(create({ language: 'en', types: { 'twilio/text': {} } })).rejects.toMatchObject(refusal(20422, 400));
});
