import { type AddressInfo, createServer } from 'node:net';
import type { ConversationLimits, MessageBuilder } from '@twilio/conversations';
import { beforeAll, describe, expect, test } from 'vitest';
import { journal } from './heard.ts';
import { packages, type Sdk } from './packages.ts';

/** What needs no server is done with both packages, and has to come out the same. */
const [ours, theirs] = packages.map(({ sdk }) => sdk) as [Sdk, Sdk];

const both = async <T>(work: (sdk: Sdk) => T): Promise<Awaited<T>> => {
  const expected = await work(theirs);
  expect(await work(ours)).toEqual(expected);
  return expected;
};

/** The value, or that it throws. Words are each package's own. */
const outcome = (work: () => unknown) => {
  try {
    return { value: work() };
  } catch (error) {
    return { threw: error instanceof Error };
  }
};

/** Names of a class's texts, also of what it was wrapped in. */
function constantsOf(of: unknown): string[] {
  const found = [];
  for (let at = of; typeof at === 'function' && at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    found.push(...Object.getOwnPropertyNames(at).filter((name) => typeof (of as never)[name] === 'string'));
  }
  return found.filter((name) => name !== 'name');
}

describe('Exports', () => {
  test('each class is there as a value.', async () => {
    const names = Object.keys(theirs).sort() as (keyof Sdk)[];
    expect(names.length).toBe(19);
    // One without methods and instances is an object of ours.
    const missing = names.filter(
      (name) => !['function', name === 'NotificationTypes' ? 'object' : 'function'].includes(typeof ours[name]),
    );
    // Its pages are objects of no class: the page of differences says so.
    expect(missing).toEqual(['RestPaginator']);
  });

  test('each class has the same constants.', async () => {
    const constants = (sdk: Sdk, name: keyof Sdk) => {
      const of = sdk[name] as unknown as Record<string, unknown>;
      const names = constantsOf(theirs[name]).filter((each) => each !== 'version');
      return Object.fromEntries(names.map((each) => [each, of[each]]));
    };
    const names = (Object.keys(theirs) as (keyof Sdk)[]).filter((name) => name !== 'RestPaginator');
    for (const name of names) expect(constants(ours, name)).toEqual(constants(theirs, name));
    expect(names.flatMap((name) => Object.keys(constants(theirs, name))).length).toBe(43);
  });
});

describe('CancellablePromise', () => {
  const settled = (promise: Promise<unknown>) =>
    promise.then(
      (value) => ({ value }),
      (reason) => ({ reason: reason instanceof Error ? 'an error' : reason }),
    );

  test('resolves and rejects as a promise does.', async () => {
    await both(async ({ CancellablePromise }) => [
      new CancellablePromise(() => {}) instanceof Promise,
      await settled(new CancellablePromise((resolve) => resolve(1))),
      await settled(new CancellablePromise((resolve) => resolve(Promise.resolve(2)))),
      await settled(new CancellablePromise((_, reject) => reject('no'))),
      await settled(new CancellablePromise<number>((resolve) => resolve(3)).then((n) => n + 1)),
      await settled(new CancellablePromise((_, reject) => reject('no')).catch((why) => `caught ${why}`)),
    ]);
  });

  test('is rejected by cancel, which gives the promise and calls what onCancel was given, once it is under way.', async () => {
    const [cancelled] = await both(async ({ CancellablePromise }) => {
      let calls = 0;
      const promise = new CancellablePromise((_resolve, _reject, onCancel) => onCancel(() => calls++));
      const same = promise.cancel() === promise;
      const bare = new CancellablePromise(() => {}).cancel();
      return [await settled(promise), await settled(bare), same, calls];
    });
    expect(cancelled).toEqual({ reason: 'an error' });
  });

  test('keeps its value when it is cancelled too late, and nothing is called then.', async () => {
    await both(async ({ CancellablePromise }) => {
      let calls = 0;
      const promise = new CancellablePromise<string>((resolve, _reject, onCancel) => {
        onCancel(() => calls++);
        resolve('done');
      });
      return [await settled(promise.cancel()), calls];
    });
  });
});

test('ContentTemplateVariable.copyWithValue leaves the original as it is.', async () => {
  await both(({ ContentTemplateVariable }) => {
    const first = new ContentTemplateVariable('1', 'Ann');
    const second = first.copyWithValue('Ben');
    return [{ ...first }, { ...second }, second instanceof ContentTemplateVariable];
  });
});

describe('MessageBuilder', () => {
  const limits: ConversationLimits = {
    mediaAttachmentsCountLimit: 2,
    mediaAttachmentSizeLimitInMb: 1,
    mediaAttachmentsTotalSizeLimitInMb: 1,
    emailBodiesAllowedContentTypes: ['text/plain', 'text/html'],
    emailHistoriesAllowedContentTypes: ['text/plain', 'text/html'],
  };
  /** As the library makes it; what sends is not asked. */
  const builderOf = ({ MessageBuilder }: Sdk) =>
    new (MessageBuilder as unknown as new (limits: ConversationLimits, sends: unknown) => MessageBuilder)(limits, {});
  const text = (media: string, contentType = 'text/plain') => ({ contentType, media });
  const html = text('<p>', 'text/html');

  const builds: Record<string, (builder: MessageBuilder) => MessageBuilder> = {
    nothing: (it) => it,
    'text, subject and attributes': (it) =>
      it
        .setBody('a')
        .setSubject('b')
        .setAttributes({ c: ['d', null] }),
    'text that is set twice': (it) => it.setBody('a').setBody('b'),
    'two files': (it) => it.addMedia(text('a')).addMedia({ ...text('b'), filename: 'b.txt' }),
    'more files than a message may have': (it) => it.addMedia(text('a')).addMedia(text('b')).addMedia(text('c')),
    'an e-mail': (it) => it.setEmailBody('text/plain', text('a')).setEmailHistory('text/html', html),
    'an e-mail with a file': (it) => it.addMedia(text('f')).setEmailBody('text/html', html),
    'an e-mail whose body is set twice': (it) =>
      it.setEmailBody('text/html', html).setEmailBody('text/html', text('b')),
    'an e-mail body of another type': (it) => it.setEmailBody('text/markdown', text('a')),
    'an e-mail history of another type': (it) => it.setEmailHistory('image/png', text('a')),
    'a file with nothing in it': (it) => it.addMedia({ contentType: 'text/plain', media: null }),
    'a template': (it) => it.setContentTemplate('HX1'),
  };

  test.each(Object.keys(builds))('%s', async (name) => {
    await both((sdk) =>
      outcome(() => {
        const { text, attributes, emailOptions, mediaContent, contentSid, contentVariables } = (
          builds[name] as (builder: MessageBuilder) => MessageBuilder
        )(builderOf(sdk)).build();
        return { text, attributes, emailOptions, mediaContent, contentSid, contentVariables };
      }),
    );
  });

  test('a file may be without a type, and parts of an e-mail count as files: the page of differences says so.', () => {
    const untyped = (sdk: Sdk) =>
      builderOf(sdk).addMedia({ contentType: null, media: 'a' }).build().mediaContent.length;
    const three = (sdk: Sdk) => builderOf(sdk).addMedia(html).addMedia(html).setEmailBody('text/html', html).build();
    expect([outcome(() => untyped(theirs)), outcome(() => untyped(ours))]).toEqual([{ threw: true }, { value: 1 }]);
    expect([three(theirs).mediaContent.length, outcome(() => three(ours))]).toEqual([3, { threw: true }]);
  });

  test('a template with variables', async () => {
    await both((sdk) => {
      const variable = new sdk.ContentTemplateVariable('1', 'Ann');
      const { contentSid, contentVariables } = builderOf(sdk).setContentTemplate('HX1', [variable]).build();
      return [contentSid, contentVariables?.map((each) => ({ ...each }))];
    });
  });
});

describe('parsePushNotification', () => {
  const chat = {
    twi_message_type: 'twilio.conversations.new_message',
    conversation_sid: 'CH1',
    conversation_title: 'Room',
    message_sid: 'IM1',
    message_index: '7',
    media_count: 2,
    media: '{"sid":"ME1","filename":"a.png"}',
    something: 'else',
  };
  const payloads: Record<string, unknown> = {
    'APNs with a title': { aps: { alert: { title: 'T', body: 'B' }, sound: 's', badge: 3, category: 'c' }, ...chat },
    'APNs with a text': {
      aps: { alert: 'B' },
      ...chat,
      twi_message_type: 'twilio.conversations.added_to_conversation',
    },
    'APNs with nothing to show': { aps: { alert: '', sound: '' }, ...chat },
    'APNs without an alert': { aps: {}, ...chat },
    'APNs of something else': { aps: { alert: 'x' } },
    FCM: { data: { ...chat, twi_title: 'T', twi_body: 'B', twi_sound: 's', twi_action: 'a' } },
    'FCM without anything': { data: { twi_message_type: 'twilio.conversations.removed_from_conversation' } },
    'FCM with empty fields': { data: { ...chat, twi_title: '', twi_body: '', media: '' } },
    'FCM with broken fields': { data: { ...chat, message_index: 'x', media_count: null, media: '{' } },
    'FCM with media that is no text': { data: { ...chat, media: { sid: 'ME1' } } },
    'FCM of something else': { data: { body: 'x' } },
    'neither of them': { notification: { title: 'x' } },
  };

  test.each(Object.keys(payloads))('%s', async (name) => {
    await both(({ Client, PushNotification }) =>
      outcome(() => {
        const parsed = Client.parsePushNotification(payloads[name]);
        const { media, ...data } = parsed.data;
        const file = media && { sid: media.sid, filename: media.filename };
        return [{ ...parsed, data: { ...data, file } }, parsed instanceof PushNotification];
      }),
    );
  });
});

describe('Without a server', () => {
  /** An address at which nobody listens any more. */
  let nowhere: string;
  beforeAll(async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    nowhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
  });

  test('a client is connecting, and says why it could not.', async () => {
    const results = [];
    for (const { sdk, options } of packages) {
      const client = new sdk.Client('a token', options(nowhere));
      const told = journal(client, 'initialized', 'tokenExpired', 'tokenAboutToExpire');
      const states: string[] = [];
      client.on('connectionStateChanged', (state) => states.push(state));
      const { terminal, message } = await new Promise<{ terminal: boolean; message: string }>((resolve) =>
        client.once('connectionError', resolve),
      );
      results.push({ terminal, message: typeof message, first: states[0], told });
      void client.shutdown();
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]).toEqual({ terminal: false, message: 'string', first: 'connecting', told: [] });
  });

  test('a user is not there yet, but his events have names.', async () => {
    const results = packages.map(({ sdk, options }) => {
      const client = new sdk.Client('a token', options(nowhere));
      const { updated, userSubscribed, userUnsubscribed, identity, friendlyName, isOnline, isNotifiable } = client.user;
      void client.shutdown();
      return { updated, userSubscribed, userUnsubscribed, identity, friendlyName, isOnline, isNotifiable };
    });
    expect(results[0]).toEqual(results[1]);
  });
});
