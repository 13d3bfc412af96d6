/**
 * A back end as somebody wrote it for the hosted API: a ride service whose drivers and passengers text each other
 * without seeing each other's numbers. Only the base URL was added for this server.
 */
import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import twilio from 'twilio';

export interface Settings {
  accountSid: string;
  authToken: string;
  /** The number that both sides see. */
  proxyNumber: string;
  /** Of the conversations API, where it is not the hosted one. */
  baseUrl?: string;
}

interface NewRide {
  ride: string;
  driver: string;
  passenger: string;
}

interface Ride {
  conversationSid: string;
  /** Who is who, by participant SID. */
  people: Record<string, 'driver' | 'passenger'>;
  transcript: { from: string; body: string }[];
}

type Answer = [status: number, body?: object];

export class NumberMasking extends EventEmitter<{ said: [ride: string, from: string, body: string] }> {
  readonly #settings: Settings;
  readonly #client: ReturnType<typeof twilio>;
  readonly #rides = new Map<string, Ride>();
  readonly #server: Server = createServer(async (request, response) => {
    const [status, body] = await this.#route(request).catch((error): Answer => [500, { error: String(error) }]);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(body && JSON.stringify(body));
  });

  constructor(settings: Settings) {
    super();
    this.#settings = settings;
    this.#client = twilio(settings.accountSid, settings.authToken);
    if (settings.baseUrl) this.#client.conversations.baseUrl = settings.baseUrl;
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #route(request: IncomingMessage): Promise<Answer> {
    const [, collection, ride = '', action] = (request.url ?? '').split('/');
    const body = await text(request);
    if (collection === 'events') return this.#hear(request, body);
    if (collection !== 'rides') return [404];
    if (request.method === 'POST' && ride === '') return this.#startRide(JSON.parse(body));
    const known = this.#rides.get(ride);
    if (!known) return [404];
    if (request.method === 'POST' && action === 'end') return this.#endRide(known);
    if (request.method === 'GET' && action === 'transcript') return [200, known.transcript];
    return [404];
  }

  /** One conversation for each ride, with both people behind the same number. */
  async #startRide({ ride, driver, passenger }: NewRide): Promise<Answer> {
    const { v1 } = this.#client.conversations;
    const conversation = await v1.conversations.create({
      uniqueName: ride,
      friendlyName: `Ride ${ride}`,
      attributes: JSON.stringify({ ride }),
    });
    const people: Ride['people'] = {};
    try {
      for (const [role, address] of [['driver', driver] as const, ['passenger', passenger] as const]) {
        const participant = await v1.conversations(conversation.sid).participants.create({
          'messagingBinding.address': address,
          'messagingBinding.proxyAddress': this.#settings.proxyNumber,
        });
        people[participant.sid] = role;
      }
    } catch (error) {
      await v1.conversations(conversation.sid).remove();
      // The person is on another ride behind this number.
      if (error instanceof twilio.RestException && error.code === 50416) return [409, { error: error.message }];
      throw error;
    }
    await v1.conversations(conversation.sid).webhooks.create({
      target: 'webhook',
      'configuration.url': `${this.url}/events`,
      'configuration.method': 'post',
      'configuration.filters': ['onMessageAdded', 'onConversationStateUpdated'],
    });
    this.#rides.set(ride, { conversationSid: conversation.sid, people, transcript: [] });
    return [201, { conversationSid: conversation.sid }];
  }

  async #hear(request: IncomingMessage, body: string): Promise<Answer> {
    const event = Object.fromEntries(new URLSearchParams(body));
    const signature = String(request.headers['x-twilio-signature']);
    const { authToken } = this.#settings;
    if (!twilio.validateRequest(authToken, signature, `${this.url}${request.url}`, event)) return [403];
    const found = [...this.#rides].find(([, one]) => one.conversationSid === event['ConversationSid']);
    if (!found || event['EventType'] !== 'onMessageAdded') return [204];
    const [name, ride] = found;
    const from = ride.people[event['ParticipantSid'] ?? ''] ?? 'us';
    const said = event['Body'] ?? '';
    ride.transcript.push({ from, body: said });
    this.emit('said', name, from, said);
    if (said.trim().toUpperCase() === 'DONE') await this.#endRide(ride);
    return [204];
  }

  /** Both get a farewell, then the number is free for other rides of theirs. */
  async #endRide({ conversationSid }: Ride): Promise<Answer> {
    const conversation = this.#client.conversations.v1.conversations(conversationSid);
    await conversation.messages.create({ body: 'Your ride has ended. This number is no longer connected.' });
    await conversation.update({ state: 'closed' });
    return [204];
  }
}
