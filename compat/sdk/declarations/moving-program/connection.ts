import {
  Client,
  type ClientOptions,
  type ConnectionState,
  type Conversation,
  type NotificationsChannelType,
  NotificationTypes,
  type PushNotification,
  type PushNotificationData,
  type PushNotificationDescriptor,
  type PushNotificationType,
  type State,
  type User,
  type UserUpdatedEventArgs,
  type UserUpdateReason,
} from '@twilio/conversations';

/** Opening, watching and ending the connection; push notifications; users. */
export interface Ui {
  show(text: string): void;
  badge(count: number | null): void;
  signIn(): Promise<string>;
}

const words: Record<ConnectionState, string> = {
  unknown: 'not started',
  connecting: 'connecting',
  connected: 'connected',
  disconnecting: 'going',
  disconnected: 'away',
  retrying: 'connecting again',
  denied: 'signed out',
  error: 'broken',
};

export function open(token: string, ui: Ui, options: ClientOptions = { logLevel: 'error' }): Client {
  const client = new Client(token, options);
  client.onWithReplay('initialized', () => ui.show(`ready with ${Client.version}, ${client.version}`));
  client.once('initFailed', ({ error }) => ui.show(error ? `${error.message} (${error.terminal})` : 'failed'));
  client.on('stateChanged', (state: State) => ui.show(state === 'failed' ? 'failed' : describe(state)));
  client.on('connectionStateChanged', (state: ConnectionState) => ui.show(words[state]));
  client.on('connectionError', ({ terminal, message }) => ui.show(terminal ? `lost: ${message}` : message));
  client.on('tokenAboutToExpire', async () => {
    if (client.token) await client.updateToken(await ui.signIn());
  });
  client.on(Client.tokenExpired, async () => (await client.updateToken(await ui.signIn())).connectionState);
  client.onceWithReplay('userUpdated', ({ user }) => ui.show(user.identity));
  return client;
}

const describe = (state: 'initialized') => `client is ${state}`;

export async function openTheOldWay(token: string): Promise<Client> {
  const client = await Client.create(token, null);
  return client.connectionState === 'connected' ? client : Client.create(token);
}

export function hearAll(client: Client, log: (...of: unknown[]) => void): () => Promise<void> {
  const conversation = (it: Conversation) => log(it.sid);
  client
    .on(Client.conversationAdded, conversation)
    .on(Client.conversationJoined, conversation)
    .on(Client.conversationLeft, conversation)
    .addListener(Client.conversationRemoved, conversation)
    .addListenerWithReplay(Client.conversationUpdated, (data) => log(data.conversation.sid, data.updateReasons))
    .on(Client.participantJoined, (participant) => log(participant.identity))
    .on(Client.participantLeft, (participant) => log(participant.identity))
    .on(Client.participantUpdated, ({ participant, updateReasons }) => log(participant.identity, updateReasons))
    .on(Client.messageAdded, (message) => log(message.body))
    .on(Client.messageRemoved, (message) => log(message.index))
    .on(Client.messageUpdated, ({ message, updateReasons }) => log(message.index, updateReasons))
    .on(Client.typingStarted, (participant) => log(participant.sid))
    .on(Client.typingEnded, (participant) => log(participant.sid))
    .on(Client.userSubscribed, (user) => log(user.identity))
    .on(Client.userUnsubscribed, (user) => log(user.identity))
    .on(Client.userUpdated, ({ user, updateReasons }) => log(user.identity, updateReasons))
    .on(Client.tokenAboutToExpire, () => log('soon'))
    .on(Client.stateChanged, log)
    .on(Client.initialized, log)
    .on(Client.initFailed, log)
    .on(Client.connectionStateChanged, log)
    .on(Client.connectionError, log)
    .on(Client.pushNotification, (notification) => log(notification.title));
  log(client.listenerCount('conversationAdded'), client.eventNames(), client.listeners('initialized').length);
  client.off('conversationAdded', conversation).removeListener('conversationJoined', conversation);
  if (client.emit('initialized')) client.removeAllListeners('initialized');
  return async () => {
    client.removeAllListeners();
    await client.shutdown();
  };
}

export async function notify(client: Client, channel: NotificationsChannelType, id: string, payload: unknown, ui: Ui) {
  if (channel === 'fcm' || channel === 'apn') await client.setPushRegistrationId(channel, id);
  const seen = (notification: PushNotification) => {
    const { title, body, sound, badge, action, type, data } = notification;
    const { conversationSid, conversationTitle, messageSid, messageIndex, mediaCount, media }: PushNotificationData =
      data;
    ui.badge(badge);
    ui.show([title, body, sound, action, kind(type), conversationTitle, media?.filename].join(' '));
    return { conversationSid, messageSid, messageIndex, mediaCount };
  };
  client.on('pushNotification', seen);
  await client.handlePushNotification(payload);
  seen(client.parsePushNotification(payload));
  const { type, title, body, sound, badge, action, data } = Client.parsePushNotification(payload);
  const descriptor: PushNotificationDescriptor = { type, title, body, sound, badge, action, data: { ...data } };
  await client.unsetPushRegistrationId('apn');
  await client.removePushRegistrations(channel, id);
  return descriptor;
}

function kind(type: PushNotificationType): string {
  switch (type) {
    case 'twilio.conversations.new_message':
      return NotificationTypes.NEW_MESSAGE;
    case 'twilio.conversations.added_to_conversation':
      return NotificationTypes.ADDED_TO_CONVERSATION;
    case 'twilio.conversations.removed_from_conversation':
      return NotificationTypes.REMOVED_FROM_CONVERSATION;
    default:
      return [NotificationTypes.TYPING_INDICATOR, NotificationTypes.CONSUMPTION_UPDATE].join();
  }
}

export async function people(client: Client, identity: string, ui: Ui): Promise<void> {
  const me = client.user;
  await me.updateFriendlyName('Me');
  await me.updateAttributes({ mood: 'good', tags: ['a', 1, true, null] });
  const other = await client.getUser(identity);
  const describeUser = (user: User) => {
    const { attributes, friendlyName, isNotifiable, isOnline, isSubscribed } = user;
    ui.show(JSON.stringify({ attributes, friendlyName, isNotifiable, isOnline, isSubscribed }));
  };
  const reasons: Record<UserUpdateReason, string> = {
    attributes: 'attributes',
    friendlyName: 'name',
    reachabilityNotifiable: 'push',
    reachabilityOnline: 'presence',
  };
  const changed = ({ user, updateReasons }: UserUpdatedEventArgs) => {
    describeUser(user);
    for (const reason of updateReasons) ui.show(reasons[reason]);
  };
  other.on(other.updated, changed).on(other.userSubscribed, describeUser).on(other.userUnsubscribed, describeUser);
  if (client.reachabilityEnabled && !other.isOnline) await other.unsubscribe();
  for (const user of await client.getSubscribedUsers()) describeUser(user);
}
