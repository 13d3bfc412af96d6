import twilio from 'twilio';
import { judge } from './description.ts';

type V1 = ReturnType<typeof twilio>['conversations']['v1'];

/** What the default service and a named one have in common. */
export type Scope = Pick<
  V1,
  'conversations' | 'conversationWithParticipants' | 'users' | 'roles' | 'participantConversations'
>;

export interface Exchange {
  operation: string;
  url: URL;
  /** Names of all parameters: of the form, the query and the headers. */
  sent: string[];
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what came is for the test to judge
  body: any;
}

export interface Login {
  user: string;
  password: string;
  accountSid: string;
}

/** The official client, unmodified, pointed at our server. Each answer that it gets is compared with the description. */
export class ApiClient {
  readonly v1: V1;
  readonly exchanges: Exchange[] = [];

  constructor(url: string, { user, password, accountSid }: Login) {
    const client = twilio(user, password, { accountSid, httpClient: new JudgingClient(this.exchanges) });
    client.conversations.baseUrl = url;
    this.v1 = client.conversations.v1;
  }

  /** The same operations below a service; the library has types of their own for them. */
  service(sid: string): Scope {
    return this.v1.services(sid) as unknown as Scope;
  }

  /** The last answer, as it came. */
  get last(): Exchange {
    const last = this.exchanges.at(-1);
    if (!last) throw new Error('Nothing was asked.');
    return last;
  }

  /** Names of the operations that succeeded at least once. */
  get driven(): string[] {
    const names = this.exchanges.filter(({ status }) => status < 400).map(({ operation }) => operation);
    return [...new Set(names)].sort();
  }
}

class JudgingClient extends twilio.RequestClient {
  readonly #exchanges: Exchange[];

  constructor(exchanges: Exchange[]) {
    super();
    this.#exchanges = exchanges;
  }

  override async request<T>(options: Parameters<twilio.RequestClient['request']>[0]) {
    const response = await super.request<T>(options as never);
    const url = new URL(options.uri);
    const { statusCode: status, body } = response;
    const { operation, problems } = judge(options.method, url, status, body);
    const { data = {}, params = {}, headers = {} } = options;
    const sent = [data, params, headers].flatMap((named) => Object.keys(named as object));
    this.#exchanges.push({ operation, url, sent: [...sent, ...url.searchParams.keys()], status, body });
    if (problems.length > 0) {
      throw new Error(`${operation} answered ${status}:\n${problems.join('\n')}\n${JSON.stringify(body, null, 1)}`);
    }
    return response;
  }
}
