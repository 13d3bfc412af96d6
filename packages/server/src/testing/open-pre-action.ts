import type { Config } from '../config/config.ts';
import { beforeEvents } from '../core/webhooks/event-names.ts';
import { type OpenWebhooks, openWebhooks } from './open-webhooks.ts';
import type { RawClient } from './raw-client.ts';
import type { ReceivedRequest, ReceiverAnswer } from './webhook-receiver.ts';

type Answer = ReceiverAnswer | ((request: ReceivedRequest) => ReceiverAnswer);

export interface OpenPreAction extends OpenWebhooks {
  /** A service admin. */
  ann: RawClient;
  /** Configures what the account's webhook is asked, at `/before`: everything when left out. */
  askBefore(settings?: { url?: string; filters?: readonly string[]; method?: 'GET' | 'POST' }): Promise<void>;
  /** What the webhook answers to an event, or to all (`*`), from now on; 200 with nothing in it when nothing is said. */
  answerTo(event: string, answer: Answer): void;
  /** What the webhook was asked so far, or of an event. */
  asked(event?: string): ReceivedRequest[];
  /** Forgets what was asked and what would be answered. */
  forget(): void;
  /** A conversation that ann has made and is in, of which the webhook remembers nothing. */
  converse(): Promise<string>;
  /** A connected user who may do what users may by default. */
  connectUser(identity: string): Promise<RawClient>;
}

/** The whole server on a real port, and a webhook that is asked before each change. */
export async function openPreAction(overrides: Partial<Config> = {}): Promise<OpenPreAction> {
  const at = await openWebhooks(overrides);
  const answers = new Map<string, Answer>();
  at.receiver.answer = (request) => {
    const answer = answers.get(request.values['EventType'] ?? '') ?? answers.get('*') ?? { status: 200 };
    return typeof answer === 'function' ? answer(request) : answer;
  };
  const askBefore: OpenPreAction['askBefore'] = async ({
    url = at.receiver.url('/before'),
    filters = beforeEvents,
    method = 'POST',
  } = {}) => {
    await at.post('/v1/Configuration/Webhooks', { PreWebhookUrl: url, Filters: [...filters], Method: method });
  };
  const forget = () => {
    at.receiver.received.splice(0);
    answers.clear();
  };
  const ann = await at.connect('ann');
  await askBefore();
  return {
    ...at,
    ann,
    askBefore,
    forget,
    answerTo: (event, answer) => answers.set(event, answer),
    asked: (event) =>
      at.receiver.received.filter(
        ({ path, values }) => path.startsWith('/before') && (event === undefined || values['EventType'] === event),
      ),
    converse: async () => {
      const { conversation } = await ann.call('conversations.create', { friendlyName: 'Tea' });
      await ann.call('conversations.join', { conversation: conversation.sid });
      at.receiver.received.splice(0);
      return conversation.sid;
    },
    connectUser: async (identity) => {
      const client = await at.connect(identity);
      const { roles } = await at.get('/v1/Roles');
      const user = roles.find((role: { friendly_name: string }) => role.friendly_name === 'service user');
      await at.post(`/v1/Users/${identity}`, { RoleSid: user.sid });
      return client;
    },
  };
}

export function json(body: unknown): ReceiverAnswer {
  return { status: 200, body: JSON.stringify(body) };
}
