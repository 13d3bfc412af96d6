import { Client, type Conversation, type Media, type Message } from '@colloquy/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { next, RestartableServer } from './restartable-server.ts';

/** Files from one app to another through a real server. */
let server: RestartableServer;
const clients: Client[] = [];
beforeAll(async () => {
  server = await RestartableServer.start();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.shutdown()));
});
afterAll(() => server.discard());

let people = 0;
async function person(): Promise<Client> {
  people += 1;
  const client = await Client.create(await server.token(`person ${people}`), { url: server.url });
  clients.push(client);
  return client;
}

async function twoInRoom() {
  const [ann, ben] = [await person(), await person()];
  const room = await ann.createConversation({ friendlyName: 'Room' });
  await room.join();
  const joined = next<[Conversation]>(ben, 'conversationJoined');
  await room.add(ben.user.identity);
  return { ann, ben, room, bens: await joined };
}

const read = async (url: string | null | undefined) => (await fetch(url ?? '')).text();
const text = (media: string, filename: string) => ({ contentType: 'text/plain', media, filename });
const megabyte = Buffer.alloc(1_000_000, 'colloquy ');

describe('Files', () => {
  test('One of a megabyte is sent with its progress, and read by the other.', async () => {
    const { room, bens } = await twoInRoom();
    const heard = next<[Message]>(bens, 'messageAdded');
    const steps: number[] = [];
    const file = { contentType: 'application/x-colloquy', media: megabyte, filename: 'big ü.bin' };
    const index = await room.sendMessage(
      file,
      { n: 1 },
      {},
      {
        onProgress: (step) => steps.push(step),
      },
    );
    expect(steps.length).toBeGreaterThan(10);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(1);
    const message = await heard;
    expect(message).toMatchObject({ index, type: 'media', body: null, attributes: { n: 1 } });
    const { sid, filename, contentType, size, category } = message.media as Media;
    expect({ filename, contentType, size, category }).toEqual({
      filename: 'big ü.bin',
      contentType: 'application/x-colloquy',
      size: megabyte.length,
      category: 'media',
    });
    expect(sid).toMatch(/^ME[0-9a-f]{32}$/);
    const url = await message.media?.getContentTemporaryUrl();
    expect(Buffer.from(await (await fetch(url ?? '')).arrayBuffer()).equals(megabyte)).toBe(true);
  });

  test('One that is given up half-way is not sent, and the next one is.', async () => {
    const { room } = await twoInRoom();
    const controller = new AbortController();
    let last = 0;
    const huge = { contentType: 'application/x-colloquy', media: Buffer.alloc(20_000_000) };
    const sending = room.sendMessage(
      huge,
      {},
      {},
      {
        signal: controller.signal,
        onProgress: (progress) => {
          last = progress;
          if (progress > 0.5) controller.abort();
        },
      },
    );
    await expect(sending).rejects.toMatchObject({ code: 104 });
    expect(last).toBeLessThan(0.75);
    expect(room.pendingMessages).toEqual([]);
    const builder = room.prepareMessage().addMedia(huge);
    const building = builder.buildAndSend();
    building.cancel();
    await expect(building).rejects.toMatchObject({ code: 104 });
    expect(await room.sendMessage(text('small', 'a.txt'))).toBe(0);
    expect(await room.getMessagesCount()).toBe(1);
  });

  test('Several are in one message, with text, in their order, from all that an app may have.', async () => {
    const { room, bens } = await twoInRoom();
    const form = new FormData();
    form.append('file', new File(['of a form'], 'form.txt', { type: 'text/plain' }));
    const heard = next<[Message]>(bens, 'messageAdded');
    await room
      .prepareMessage()
      .setBody('all of them')
      .addMedia(text('text', 'text.txt'))
      .addMedia({ contentType: null, media: new Blob(['of a blob'], { type: 'text/x-blob' }) })
      .addMedia({ contentType: null, media: new TextEncoder().encode('bytes') })
      .addMedia(form)
      .buildAndSend();
    const message = await heard;
    expect(message.body).toBe('all of them');
    expect(message.attachedMedia.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['text.txt', 'text/plain'],
      [null, 'text/x-blob'],
      [null, 'application/octet-stream'],
      ['form.txt', 'text/plain'],
    ]);
    const urls = await message.getTemporaryContentUrlsForAttachedMedia();
    expect(await Promise.all([...urls.values()].map(read))).toEqual(['text', 'of a blob', 'bytes', 'of a form']);
  });

  test('What the server does not take is refused with its number.', async () => {
    const { room } = await twoInRoom();
    const lie = { contentType: 'image/png', media: '<html><script>1</script>' };
    await expect(room.sendMessage(lie)).rejects.toMatchObject({ code: 50511, status: 400, help: expect.any(String) });
    expect(await room.getMessagesCount()).toBe(0);
  });

  test('Those of a stranger are not to be had, by nobody and in no company.', async () => {
    const { room, ben } = await twoInRoom();
    await room.sendMessage(text('secret', 'a.txt'));
    const sids = (await room.getMessages()).items.flatMap(({ attachedMedia }) => attachedMedia.map(({ sid }) => sid));
    expect((await ben.getTemporaryContentUrlsForMediaSids(sids)).size).toBe(1);
    const eve = await person();
    await expect(eve.getTemporaryContentUrlsForMediaSids(sids)).rejects.toMatchObject({ code: 50507 });
    const own = await eve.createConversation();
    await own.join();
    await own.sendMessage(text('own', 'b.txt'));
    const [message] = (await own.getMessages()).items as [Message];
    const [mine, theirs] = await Promise.allSettled([
      eve.getTemporaryContentUrlsForMedia(message.attachedMedia),
      eve.getTemporaryContentUrlsForMediaSids(sids),
    ]);
    expect([mine.status, theirs.status]).toEqual(['fulfilled', 'rejected']);
  });

  test('The service says how much it takes.', async () => {
    const { room } = await twoInRoom();
    expect(room.limits).toMatchObject({ mediaAttachmentsCountLimit: 10, mediaAttachmentSizeLimitInMb: 150 });
  });
});

describe('E-mail', () => {
  test('A message has its body and history in both forms, and says whom it went to.', async () => {
    const { room, bens } = await twoInRoom();
    const heard = next<[Message]>(bens, 'messageAdded');
    await room
      .prepareMessage()
      .setSubject('Hello')
      .setEmailBody('text/plain', text('plain', 'body.txt'))
      .setEmailBody('text/html', { contentType: 'text/html', media: '<b>page</b>' })
      .setEmailHistory('text/plain', { contentType: null, media: 'earlier' })
      .buildAndSend();
    const message = await heard;
    expect(message).toMatchObject({ subject: 'Hello', type: 'text', media: null });
    const parts = [message.getEmailBody(), message.getEmailBody('text/html'), message.getEmailHistory()];
    const urls = await message.getTemporaryContentUrlsForMedia(parts.filter((part) => part !== null));
    expect(await Promise.all([...urls.values()].map(read))).toEqual(['plain', '<b>page</b>', 'earlier']);
    expect(message.getEmailHistory('text/html')).toBeNull();
  });

  test('A participant is added with his name and place, and is among the recipients.', async () => {
    const { room, bens } = await twoInRoom();
    const joined = next<[{ bindings: unknown; type: string }]>(bens, 'participantJoined');
    const options = { email: { name: 'Eve', level: 'cc' as const } };
    const { sid } = await room.addNonChatParticipant('', `eve${people}@example.com`, {}, options);
    expect(sid).toMatch(/^MB/);
    expect(await joined).toMatchObject({
      type: 'email',
      bindings: { email: { name: 'Eve', level: 'cc', address: `eve${people}@example.com` } },
    });
    await server.rest.conversations(room.sid).update({ 'bindings.email.address': 'room@example.com' });
    const heard = next<[Message]>(bens, 'messageAdded');
    // Nobody sends e-mail so far; what a back end took in has a sender.
    await server.rest.conversations(room.sid).messages.create({ author: `eve${people}@example.com`, body: 'Hello' });
    const recipients = await (await heard).getMessageRecipients();
    expect(recipients).toMatchObject([
      { type: 'email', level: 'from', name: 'Eve', address: `eve${people}@example.com` },
    ]);
    expect((await room.getMessageRecipients()).items).toEqual(recipients);
    expect(bens.bindings.email?.projected_address).toBe('room@example.com');
  });
});

test('A message of a content template shows what it is made of.', async () => {
  const { ann, room, bens } = await twoInRoom();
  // The library's types have other names than the wire.
  const { sid } = await server.content.create({
    friendly_name: 'choice',
    language: 'en',
    variables: { name: 'you' },
    types: { 'twilio/quick-reply': { body: 'Well, {{name}}?', actions: [{ title: 'Yes', id: 'y' }] } },
  } as never);
  const templates = await ann.getContentTemplates();
  const template = templates.find((each) => each.sid === sid);
  expect(template?.variants.get('twilio/quick-reply')).toMatchObject({ type: 'quickReply', body: 'Well, {{name}}?' });
  const variables = template?.variables.map((variable) => variable.copyWithValue('Ben'));
  const heard = next<[Message]>(bens, 'messageAdded');
  await room.prepareMessage().setContentTemplate(sid, variables).buildAndSend();
  expect(await (await heard).getContentData()).toMatchObject({
    type: 'quickReply',
    body: 'Well, Ben?',
    replies: [{ title: 'Yes', id: 'y' }],
  });
  await room.sendMessage('plain');
  expect(await (await room.getMessages()).items[1]?.getContentData()).toBeNull();
});
