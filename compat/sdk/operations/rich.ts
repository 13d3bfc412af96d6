import official, { type ContentData, type Message } from '@twilio/conversations';
import { expect, test } from 'vitest';
import { heard, refusal } from './heard.ts';
import type { World } from './world.ts';

/** One of each type that there is, and one that nobody knows. */
const types = {
  'twilio/text': { body: 'Hello {{1}}' },
  'twilio/media': { body: 'Look', media: ['https://example.com/a.png'] },
  'twilio/location': { latitude: 1.5, longitude: -2.25, label: 'Here' },
  'twilio/quick-reply': {
    body: 'Well?',
    actions: [
      { title: 'Yes', id: 'y' },
      { title: 'No', id: 'n' },
    ],
  },
  'twilio/call-to-action': {
    body: 'Do it',
    actions: [
      { type: 'URL', title: 'Open', url: 'https://example.com' },
      { type: 'PHONE_NUMBER', title: 'Call', phone: '+12025550100' },
    ],
  },
  'twilio/list-picker': { body: 'Pick', button: 'Open', items: [{ id: '1', item: 'One', description: 'first' }] },
  'twilio/card': {
    title: 'Card',
    subtitle: 'small',
    media: ['https://example.com/b.png'],
    actions: [{ type: 'QUICK_REPLY', title: 'Good', id: 'g' }],
  },
  'whatsapp/unknown': { anything: ['goes'] },
};

export function richOperations(world: () => World): void {
  const template = (of: Record<string, unknown>, variables = {}) =>
    // The library has other names for these than the wire.
    world().server.content.create({ friendly_name: world().name('t'), language: 'en', variables, types: of } as never);

  test.each(Object.keys(types))('getContentTemplates: %s is read as the official package reads it', async (type) => {
    const raw = { [type]: types[type as keyof typeof types] };
    const { sid, friendlyName } = await template(raw, { 1: 'you' });
    const ann = await world().person();
    const found = (await ann.getContentTemplates()).find((each) => each.sid === sid);
    expect(found).toBeInstanceOf(world().sdk.ContentTemplate);
    const date = new Date().toISOString();
    const expected = new (official.ContentTemplate as unknown as new (of: unknown) => typeof found)({
      sid,
      friendly_name: friendlyName,
      variables: '{"1":"you"}',
      variants: raw,
      date_created: date,
      date_updated: date,
    });
    expect(withoutText(found?.variants)).toMatchObject(withoutText(expected?.variants));
    expect(found?.variables.map((each) => ({ ...each }))).toEqual([{ name: '1', value: 'you' }]);
    expect(found?.friendlyName).toBe(friendlyName);
    expect(found?.dateCreated).toBeInstanceOf(Date);
    expect(found?.dateUpdated).toBeInstanceOf(Date);
  });

  test('setContentTemplate, getContentData: a message says what the template says, with its variables', async () => {
    const { sid } = await template({ 'twilio/quick-reply': { ...types['twilio/quick-reply'], body: 'Well, {{1}}?' } });
    const { anns, bens } = await world().pair();
    const added = heard(bens, 'messageAdded');
    const variable = new (world().sdk.ContentTemplateVariable)('1', 'nobody');
    const builder = anns.prepareMessage().setContentTemplate(sid, [variable.copyWithValue('Ben')]);
    expect(await builder.buildAndSend()).toBe(0);
    const message = await added;
    expect(message).toMatchObject({ contentSid: sid, body: 'Well, Ben?' });
    expect(await message.getContentData()).toMatchObject({
      type: 'quickReply',
      body: 'Well, Ben?',
      replies: [
        { title: 'Yes', id: 'y' },
        { title: 'No', id: 'n' },
      ],
      rawData: expect.stringContaining('Well, Ben?'),
    });
  });

  test('getContentData, getChannelMetadata: null for a message that is only text', async () => {
    const { anns } = await world().pair();
    await anns.sendMessage('text');
    const [message] = (await anns.getMessages()).items as [Message];
    expect(await message.getContentData()).toBe(null);
    expect(await message.getChannelMetadata()).toBe(null);
  });

  test('setEmailBody, setEmailHistory, setSubject: read with getEmailBody and getEmailHistory', async () => {
    const { anns, bens } = await world().pair();
    const added = heard(bens, 'messageAdded');
    await anns
      .prepareMessage()
      .setSubject('An order')
      .setEmailBody('text/plain', { contentType: 'text/plain', media: 'plain' })
      .setEmailBody('text/html', { contentType: 'text/html', media: '<b>page</b>' })
      .setEmailHistory('text/html', { contentType: 'text/html', media: '<i>before</i>' })
      .buildAndSend();
    const message = await added;
    expect(message.subject).toBe('An order');
    const text = async (media: ReturnType<Message['getEmailBody']>) =>
      (await fetch((await media?.getContentTemporaryUrl()) ?? '')).text();
    expect(await text(message.getEmailBody())).toBe('plain');
    expect(await text(message.getEmailBody('text/html'))).toBe('<b>page</b>');
    expect(await text(message.getEmailHistory('text/html'))).toBe('<i>before</i>');
    expect(message.getEmailHistory()).toBe(null);
    expect(message.getMediaByCategories(['body'])?.length).toBe(2);
    expect(message.attachedMedia ?? []).toEqual([]);
  });

  test('addNonChatParticipant, getMessageRecipients: a participant by e-mail, with name and level', async () => {
    const { anns, bens } = await world().pair();
    const address = `${world().name('eve')}@example.com`;
    const joined = heard(bens, 'participantJoined');
    // E-mail has no own number. The other package wants something there.
    const own = world().isOurs ? '' : 'room@example.com';
    await anns.addNonChatParticipant(own, address, {}, { email: { name: 'Eve', address, level: 'cc' } });
    expect(await joined).toMatchObject({ type: 'email', bindings: { email: { name: 'Eve', address, level: 'cc' } } });
    const added = heard(bens, 'messageAdded');
    // Nothing sends e-mail so far. What a back end took in has a sender.
    await world().rest.conversations(anns.sid).messages.create({ author: address, body: 'from Eve' });
    const message = await added;
    const [recipient] = await message.getMessageRecipients();
    expect(recipient).toBeInstanceOf(world().sdk.EmailRecipientDescriptor);
    expect(recipient).toMatchObject({ type: 'email', level: 'from', name: 'Eve', address, messageSid: message.sid });
    const page = await anns.getMessageRecipients({ pageSize: 10 });
    expect(page.items.map(({ messageSid }) => messageSid)).toEqual([message.sid]);
    expect([page.hasNextPage, page.hasPrevPage]).toEqual([false, false]);
  });

  test('Conversation.bindings: its own e-mail address, with the reason', async () => {
    const { anns } = await world().pair();
    const bound = heard(anns, 'updated', ({ updateReasons }) => updateReasons.includes('bindings'));
    await world().rest.conversations(anns.sid).update({ 'bindings.email.address': 'room@example.com' });
    expect((await bound).conversation.bindings.email).toMatchObject({ projected_address: 'room@example.com' });
  });

  test('handlePushNotification, parsePushNotification: told as an event', async () => {
    const ann = await world().person();
    const payload = {
      aps: { alert: { title: 'Room', body: 'Ben: hello' }, badge: 2 },
      twi_message_type: 'twilio.conversations.new_message',
      conversation_sid: `CH${'1'.repeat(32)}`,
      message_index: '3',
    };
    const told = heard(ann, 'pushNotification');
    await ann.handlePushNotification(payload);
    const expected = {
      title: 'Room',
      body: 'Ben: hello',
      badge: 2,
      type: world().sdk.NotificationTypes.NEW_MESSAGE,
      data: { conversationSid: payload.conversation_sid, messageIndex: 3 },
    };
    expect(await told).toMatchObject(expected);
    expect(ann.parsePushNotification(payload)).toMatchObject(expected);
    expect(await refusal(ann.handlePushNotification({ hello: 1 }))).not.toBe(0);
  });

  test('setPushRegistrationId, unsetPushRegistrationId, removePushRegistrations', async () => {
    const { rest, server } = world();
    const { sid: pushCredential } = await rest.credentials.create({ type: 'fcm', secret: 'a server key' });
    const identity = world().name('device');
    const ann = await world().person('device', await server.token(identity, { pushCredential }));
    const service = rest.services((await rest.configuration().fetch()).defaultChatServiceSid);
    const devices = async () => (await service.bindings.list({ identity: [identity] })).length;
    await ann.setPushRegistrationId('fcm', 'device-1');
    expect(await devices()).toBe(1);
    await ann.removePushRegistrations('fcm', 'device-1');
    expect(await devices()).toBe(0);
    await ann.setPushRegistrationId('fcm', 'device-2');
    expect(await devices()).toBe(1);
    await ann.unsetPushRegistrationId('fcm');
    expect(await devices()).toBe(0);
  });
}

/** The raw text has no order of its own. */
function withoutText(variants: Map<string, ContentData> | undefined) {
  return [...(variants ?? [])].map(([type, { rawData, ...data }]) => [type, data, JSON.parse(rawData)]);
}
