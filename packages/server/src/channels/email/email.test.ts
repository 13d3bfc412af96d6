import { type MailSimulator, startMailSimulator } from '@colloquy/testing';
import PostalMime from 'postal-mime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mediaOf } from '../../core/messages/media.ts';
import { turnsWhile } from '../../testing/turns.ts';
import { mailOf } from './test-sender.ts';
import { type MailWorld, openMailWorld } from './test-world.ts';

let server: MailSimulator;
let at: MailWorld;
let config: object;

beforeEach(async () => {
  at = await openMailWorld();
  server = await startMailSimulator({ clock: at.rig.clock });
  const { smtpPort, imapPort } = server;
  config = {
    ...{ smtpHost: '127.0.0.1', smtpPort, smtpTls: 'off', smtpUser: 'support', smtpPassword: 'secret' },
    ...{ imapHost: '127.0.0.1', imapPort, imapTls: 'off', authenticationServer: 'mx.example.test' },
  };
});
afterEach(async () => {
  await at.close();
  await server.close();
});

/** A sender that waits for mail. */
async function open(more: object = {}): Promise<void> {
  await at.addSender('mailto:support@example.test', { ...config, ...more });
  await turnsWhile(() => server.imap.idling === 0);
}
const count = (n: number) => at.until(async () => (await at.messages()).length === n);
async function sent(n: number) {
  await server.whenSent(n);
  const mail = server.sent[n - 1];
  if (!mail) throw new Error('Nothing was sent.');
  const parsed = await PostalMime.parse(mail.source);
  return { ...parsed, ...mail, replyTo: parsed.replyTo?.[0]?.address ?? '' };
}

test('A mail to an own address makes a conversation, whose messages go out from that address, as answers.', async () => {
  await open();
  await at.makeConversationsFor('support@example.test');
  server.folder.deliver(mailOf('It does not shine.', { subject: 'Broken lamp', 'message-id': '<1@example.org>' }));
  await count(1);
  const [first] = await at.messages();
  expect(first).toMatchObject({ body: 'It does not shine.', author: 'ann@example.org', subject: 'Broken lamp' });
  expect(JSON.parse(first?.attributes ?? '')).toMatchObject({ channel: { subject: 'Broken lamp', name: 'Ann' } });
  const { sql } = at.rig.core.db;
  const conversation = await sql.selectFrom('conversations').selectAll().executeTakeFirstOrThrow();
  expect(conversation).toMatchObject({ email_address: 'support@example.test', non_chat_count: 1 });
  const participant = await sql.selectFrom('participants').selectAll().executeTakeFirstOrThrow();
  expect(participant).toMatchObject({ type: 'email', address: 'mailto:ann@example.org', proxy_address: null });
  expect(first?.participant_sid).toBe(participant.sid);

  const answer = await at.say(conversation.sid, 'Turn it on.');
  const mail = await sent(1);
  expect(mail).toMatchObject({ inReplyTo: '<1@example.org>', subject: 'Re: Broken lamp', text: 'Turn it on.\n' });
  await at.until(async () => (await at.statusOf(answer)) === 'sent');

  server.report(mail, { action: 'delivered', status: '2.0.0' });
  await at.until(async () => (await at.statusOf(answer)) === 'delivered');

  server.folder.deliver(
    mailOf('It shines!\n\nOn Tue, Support wrote:\n> Turn it on.', { to: mail.replyTo, subject: 'Re: Broken lamp' }),
  );
  await count(3);
  const [, , third] = await at.messages();
  expect(third).toMatchObject({ conversation_sid: conversation.sid, body: 'It shines!' });
  expect(third && mediaOf(third).map(({ category }) => category)).toEqual(['body', 'history']);
});

test('A conversation without an address of its own uses the first that a sender has.', async () => {
  await open();
  const conversation = await at.converse(undefined, 'ann@example.org', 'dan@example.org');
  await at.say(conversation, 'hello', { subject: 'News' });
  const mails = [await sent(1), await sent(2)];
  expect(mails.map(({ recipient }) => recipient).sort()).toEqual(['ann@example.org', 'dan@example.org']);
  for (const mail of mails) expect(mail).toMatchObject({ from: { address: 'support@example.test' }, subject: 'News' });
  server.folder.deliver(
    mailOf('I know.', { 'in-reply-to': mails[0]?.messageId ?? '', from: mails[0]?.recipient ?? '' }),
  );
  await count(2);
  await server.whenSent(3);
  expect((await at.messages())[1]).toMatchObject({ conversation_sid: conversation, body: 'I know.' });
  expect(JSON.parse((await at.messages())[1]?.attributes ?? '')).toMatchObject({
    reply_to: (await at.messages())[0]?.sid,
  });
});

test('Without a sender for e-mail nobody gets a copy by it.', async () => {
  const conversation = await at.converse('support@example.test', 'ann@example.org');
  const message = await at.say(conversation, 'hello');
  expect(await at.rig.receipts(message)).toEqual([]);
});

test('A mail that only says whom it is from begins a conversation of its own; one that is proven joins.', async () => {
  await open();
  await at.makeConversationsFor('support@example.test');
  server.folder.deliver(mailOf('one'));
  await count(1);
  server.folder.deliver(mailOf('forged'));
  await count(2);
  const proof = 'mx.example.test; dmarc=pass header.from=example.org';
  server.folder.deliver(mailOf('proven', { 'authentication-results': proof, from: 'ANN@example.org' }));
  await count(3);
  const [one, forged, proven] = await at.messages();
  expect(forged?.conversation_sid).not.toBe(one?.conversation_sid);
  expect(proven?.conversation_sid).toBe(forged?.conversation_sid);
  expect(proven).toMatchObject({ author: 'ANN@example.org', participant_sid: forged?.participant_sid });
});

test('A forged mail does not get in by the id of what the person wrote, only by that of what we did.', async () => {
  await open();
  await at.makeConversationsFor('support@example.test');
  server.folder.deliver(mailOf('one', { 'message-id': '<1@example.org>' }));
  await count(1);
  server.folder.deliver(mailOf('forged', { 'in-reply-to': '<1@example.org>' }));
  await count(2);
  const [one, forged] = await at.messages();
  expect(forged?.conversation_sid).not.toBe(one?.conversation_sid);
});

test('Without such a configuration a first mail is kept as unrouted.', async () => {
  await open();
  server.folder.deliver(mailOf('hello'));
  const unrouted = async () => (await at.call('GET', '/unrouted')).body as { unrouted?: unknown[]; items?: unknown[] };
  await at.until(async () => JSON.stringify(await unrouted()).includes('hello'));
  expect(await at.messages()).toEqual([]);
});

test('A mail that comes back later makes the receipt undelivered, with a code.', async () => {
  await open();
  const message = await at.say(await at.converse(undefined, 'ann@example.org'), 'hello');
  const mail = await sent(1);
  await at.until(async () => (await at.statusOf(message)) === 'sent');
  server.report(mail, { action: 'failed', status: '5.1.1', diagnostic: '550 5.1.1 No such user' });
  await at.until(async () => (await at.statusOf(message)) === 'undelivered');
  expect((await at.rig.receipts(message))[0]).toMatchObject({ error_code: 30005 });
});

test('What an out-of-office program answers is shown, and marked.', async () => {
  await open();
  const conversation = await at.converse(undefined, 'ann@example.org');
  await at.say(conversation, 'hello');
  server.autoReply(await sent(1), 'I am on holiday.');
  await count(2);
  const [, away] = await at.messages();
  expect(away).toMatchObject({ conversation_sid: conversation, body: 'I am on holiday.' });
  expect(JSON.parse(away?.attributes ?? '')).toMatchObject({ channel: { automatic: 'auto-replied' } });
  expect(server.sent).toHaveLength(1);
});

test('An answer to a conversation that was closed begins another.', async () => {
  await open();
  await at.makeConversationsFor('support@example.test');
  const conversation = await at.converse(undefined, 'ann@example.org');
  await at.say(conversation, 'hello');
  const { replyTo } = await sent(1);
  const { sql } = at.rig.core.db;
  const { updateConversation } = await import('../../core/conversations/actions.ts');
  const actor = { kind: 'account', account: at.rig.account } as const;
  await at.rig.core.run(updateConversation, actor, { service: at.rig.service, conversation, state: 'closed' });
  server.folder.deliver(mailOf('again', { to: replyTo }));
  await count(2);
  expect(await sql.selectFrom('conversations').select('sid').execute()).toHaveLength(2);
  expect((await at.messages())[1]?.conversation_sid).not.toBe(conversation);
});

test('A sender is refused that cannot log in, and never shows its password.', async () => {
  const wrong = { ...config, smtpPassword: 'wrong-one' };
  const addresses = ['support@example.test'];
  const refused = await at.call('POST', '/senders', {
    type: 'email',
    addresses: ['mailto:support@example.test'],
    config: wrong,
  });
  expect(refused.status).toBe(400);
  expect(JSON.stringify(refused.body)).not.toContain('wrong-one');
  const made = await at.call('POST', '/senders', { type: 'email', addresses, config });
  expect(made.status).toBe(201);
  expect(JSON.stringify(made.body)).not.toContain('secret"');
});

test('Messages that were written while the server was away go out when it is back, in order.', async () => {
  await open();
  const conversation = await at.converse(undefined, 'ann@example.org');
  server.fail({ at: 'connect', answer: '421 4.3.2 Closing down' });
  for (const text of ['one', 'two', 'three']) await at.say(conversation, text);
  await at.channels.idle();
  server.repair();
  while (server.sent.length < 3) {
    at.rig.clock.advanceToNext();
    await at.channels.idle();
  }
  const texts = await Promise.all(server.sent.map(async ({ source }) => (await PostalMime.parse(source)).text?.trim()));
  expect(texts).toEqual(['one', 'two', 'three']);
});
